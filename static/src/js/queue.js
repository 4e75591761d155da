// The moderators' queue: one key decides. The page works without this; nothing here decides by itself.

"use strict";

(() => {
  const desk = document.querySelector("[data-desk]");
  if (!desk) return;

  const say = (words) => document.dispatchEvent(new CustomEvent("announce", { detail: words }));

  // After a decision the next item's heading has the focus (data-focus); what happened is said too.
  const happened = desk.querySelector("[data-said]");
  if (happened && "moved" in desk.dataset) say(happened.textContent.trim());

  // Others see for a few minutes that somebody reads this item.
  const item = desk.querySelector("[data-claim]");
  const token = desk.querySelector("input[name=csrf_token]");
  if (item && token) {
    fetch(item.dataset.claim, {
      method: "POST",
      body: new URLSearchParams({ csrf_token: token.value }),
      credentials: "same-origin",
    }).catch(() => {}); // a courtesy to others: nothing is lost without it
  }

  const noteOf = (button) => button.form?.elements.note;
  desk.addEventListener("click", (event) => {
    const button = event.target.closest("[data-needs-note]");
    if (!button || noteOf(button).value.trim()) return;
    event.preventDefault(); // this reason is the sentence: write it first
    noteOf(button).closest("details").open = true;
    noteOf(button).focus();
  });

  // Keys: off means off, for this browser, until they are turned on again.
  const STORE = "queue-keys";
  const remembered = () => {
    try { return localStorage.getItem(STORE) !== "off"; } catch { return true; }
  };
  let keysOn = remembered();
  const help = desk.querySelector("[data-keys-help]");
  const toggle = desk.querySelector("[data-keys-switch]");

  const show = () => {
    desk.classList.toggle("keys-off", !keysOn);
    if (toggle) toggle.textContent = keysOn ? toggle.dataset.turnOff : toggle.dataset.turnOn;
    for (const target of desk.querySelectorAll("[data-key]")) {
      if (keysOn) target.setAttribute("aria-keyshortcuts", target.dataset.key.toUpperCase());
      else target.removeAttribute("aria-keyshortcuts");
    }
  };
  if (help) help.hidden = false;
  toggle?.addEventListener("click", () => {
    keysOn = !keysOn;
    try { localStorage.setItem(STORE, keysOn ? "on" : "off"); } catch { /* holds for this page then */ }
    show();
    say(keysOn ? toggle.dataset.saidOn : toggle.dataset.saidOff);
  });
  show();

  const isField = (element) => element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);

  document.addEventListener("keydown", (event) => {
    if (!keysOn || event.defaultPrevented || event.repeat || event.isComposing) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const place = event.target;
    if (isField(place) || (place !== document.body && !desk.contains(place))) return;
    if (event.key === "?" && help) {
      help.open = !help.open;
      help.querySelector("summary").focus();
      event.preventDefault();
      return;
    }
    if (event.shiftKey || !/^[a-z1-9]$/.test(event.key)) return;
    const target = desk.querySelector(`[data-key="${event.key}"]`);
    if (!target) return;
    event.preventDefault();
    target.click();
  });
})();
