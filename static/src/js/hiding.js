// Hiding words by keyboard: P goes from detail to detail, H hides what is selected in the text.
// The page works without this; nothing here decides by itself.

"use strict";

(() => {
  const page = document.querySelector("[data-hiding]");
  const source = page?.querySelector("[data-source]");
  if (!source) return;

  const say = (words) => document.dispatchEvent(new CustomEvent("announce", { detail: words }));
  const help = page.querySelector("[data-keys]");
  if (help) help.hidden = false;

  const nextDetail = () => {
    const details = [...page.querySelectorAll("[data-detail]")];
    const here = details.findIndex((one) => one.contains(document.activeElement));
    const next = details[(here + 1) % details.length];
    next?.querySelector("input:checked, input")?.focus();
  };

  const hideSelected = () => {
    const selection = document.getSelection();
    const words = selection.toString().trim();
    if (!words || !source.contains(selection.anchorNode) || !source.contains(selection.focusNode)) return;
    const empty = [...page.querySelectorAll("[data-words] input")].find((one) => !one.value.trim());
    if (!empty) return;
    empty.value = words;
    empty.focus();
    say(words);
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
    const target = event.target;
    const writes = target.isContentEditable || target.matches?.("textarea, select, input:not([type=radio], [type=submit])");
    if (writes || remembersOff()) return;
    const act = { p: nextDetail, h: hideSelected }[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  });

  // The switch on the queue's page turns these keys off, too.
  function remembersOff() {
    try { return localStorage.getItem("queue-keys") === "off"; } catch { return false; }
  }
})();
