// The moderators' queue: one key decides. The page works without this; nothing here decides by itself.

"use strict";

(() => {
  const desk = document.querySelector("[data-desk]");
  if (!desk) return;

  const say = (words) => document.dispatchEvent(new CustomEvent("announce", { detail: words }));

  // What this browser remembers; where it may remember nothing, it holds for this page.
  const kept = {
    get: (name, store) => { try { return store.getItem(name); } catch { return null; } },
    set: (name, value, store) => { try { store.setItem(name, value); } catch { /* see above */ } },
  };

  // After a decision the next item's heading has the focus (data-focus); what happened is said too.
  const happened = desk.querySelector(".undo-bar [data-said]");
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
    event.preventDefault(); // this answer is the sentence: write it first
    noteOf(button).closest("details").open = true;
    noteOf(button).focus();
  });

  // --- Deciding together: boxes stay ticked from item to item, Shift takes the rows in between ---

  const together = desk.querySelector("[data-together]");
  const boxes = [...desk.querySelectorAll(".queue__box")];
  if (together) {
    const STORE = `queue-ticked:${together.elements.lane.value}`;
    const every = desk.querySelector("[data-together-all]");
    const count = desk.querySelector("[data-together-count]");
    const ticked = () => boxes.filter((box) => box.checked);
    let last = Number(kept.get(`${STORE}:last`, sessionStorage) ?? -1);

    const show = () => {
      const number = ticked().length;
      count.textContent = number ? ` (${number})` : "";
      every.querySelector("input").checked = number > 0 && number === boxes.length;
      kept.set(STORE, ticked().map((box) => box.value).join(" "), sessionStorage);
    };
    const remembered = new Set((kept.get(STORE, sessionStorage) ?? "").split(" "));
    for (const box of boxes) box.checked = remembered.has(box.value);
    every.hidden = false;
    every.addEventListener("change", (event) => {
      for (const box of boxes) box.checked = event.target.checked;
      show();
    });
    for (const box of boxes) {
      box.addEventListener("click", (event) => {
        const from = boxes.findIndex((one) => Number(one.value) === last);
        const to = boxes.indexOf(box);
        if (event.shiftKey && from >= 0) {
          for (const one of boxes.slice(Math.min(from, to), Math.max(from, to) + 1)) one.checked = box.checked;
        }
        last = Number(box.value);
        kept.set(`${STORE}:last`, String(last), sessionStorage);
        show();
        if (event.detail === 0) say(`${ticked().length} ${together.dataset.chosen}`);
      });
    }
    together.addEventListener("submit", () => kept.set(STORE, "", sessionStorage));
    show();
  }

  // --- Keys: off means off, for this browser, until they are turned on again ----------------------

  const ON = "queue-keys", LETTERS = "queue-letters";
  let keysOn = kept.get(ON, localStorage) !== "off";
  const help = desk.querySelector("[data-keys-help]");
  const toggle = desk.querySelector("[data-keys-switch]");
  const inputs = [...desk.querySelectorAll("[data-key-for]")];
  let letters = {}; // the usual key → the one that this person has chosen
  try { letters = JSON.parse(kept.get(LETTERS, localStorage) ?? "{}"); } catch { /* the usual ones */ }
  const keyOf = (target) => letters[target.dataset.key] ?? target.dataset.key;

  const show = () => {
    desk.classList.toggle("keys-off", !keysOn);
    if (toggle) toggle.textContent = keysOn ? toggle.dataset.turnOff : toggle.dataset.turnOn;
    for (const input of inputs) input.value = (letters[input.dataset.keyFor] ?? input.dataset.keyFor).toUpperCase();
    for (const target of desk.querySelectorAll("[data-key]")) {
      const cap = target.querySelector(".key");
      if (cap) cap.textContent = keyOf(target).toUpperCase();
      if (keysOn) target.setAttribute("aria-keyshortcuts", keyOf(target).toUpperCase());
      else target.removeAttribute("aria-keyshortcuts");
    }
  };
  if (help) help.hidden = false;
  toggle?.addEventListener("click", () => {
    keysOn = !keysOn;
    kept.set(ON, keysOn ? "on" : "off", localStorage);
    show();
    say(keysOn ? toggle.dataset.saidOn : toggle.dataset.saidOff);
  });
  desk.querySelector("[data-keys-form]")?.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = inputs.map((input) => [input.dataset.keyFor, input.value.trim().toLowerCase()]);
    const used = chosen.map(([, letter]) => letter);
    const button = event.submitter ?? event.target.querySelector("[type=submit]");
    if (used.some((letter) => !/^[a-z]$/.test(letter)) || new Set(used).size < used.length) {
      say(button.dataset.twice);
      inputs.find((input, place) => !/^[a-z]$/.test(used[place]) || used.indexOf(used[place]) < place)?.focus();
      return;
    }
    letters = Object.fromEntries(chosen.filter(([usual, letter]) => usual !== letter));
    kept.set(LETTERS, JSON.stringify(letters), localStorage);
    show();
    say(button.dataset.said);
  });
  desk.querySelector("[data-keys-reset]")?.addEventListener("click", (event) => {
    letters = {};
    kept.set(LETTERS, "{}", localStorage);
    show();
    say(event.currentTarget.dataset.said);
  });
  show();

  const writes = (element) => element.isContentEditable || /^(TEXTAREA|SELECT)$/.test(element.tagName)
    || (element.tagName === "INPUT" && element.type !== "checkbox");

  document.addEventListener("keydown", (event) => {
    if (!keysOn || event.defaultPrevented || event.repeat || event.isComposing) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const place = event.target;
    if (writes(place) || (place !== document.body && !desk.contains(place))) return;
    if (event.key === "?" && help) {
      help.open = !help.open;
      help.querySelector("summary").focus();
      event.preventDefault();
      return;
    }
    const pressed = event.key.toLowerCase();
    const target = [...desk.querySelectorAll("[data-key]")].find((one) => keyOf(one) === pressed);
    // Shift belongs to the boxes alone: with it the rows in between are ticked, too.
    if (!target || (event.shiftKey && target.type !== "checkbox") || !/^[a-z1-9]$/.test(pressed)) return;
    event.preventDefault();
    if (target.type === "checkbox") target.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, shiftKey: event.shiftKey }));
    else target.click();
  });
})();
