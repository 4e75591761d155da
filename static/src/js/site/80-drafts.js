// While somebody writes, their words are saved as a draft of theirs: after a pause, and when the page
// is left. What the server keeps of two windows stays apart. Without a script "Save for later" and
// the preview save.

const PAUSE = 2000;
const LONGEST = 15000; // ms between two savings of somebody who never pauses
const announce = (text) => document.dispatchEvent(new CustomEvent("announce", { detail: text }));

for (const form of document.querySelectorAll("form[data-drafts]")) {
  const state = form.querySelector("[data-draft-state]");
  const words = () => [...new FormData(form)].filter(([name]) => ["title", "body", "topic"].includes(name)).join("\u0000");
  let saved = words();
  let pause;
  let since = 0;
  let busy = false;
  let stopped = false;
  let heard = false; // "Saved" is heard once; it stays to be seen

  const say = (text, aloud) => {
    if (!state || state.textContent === text) return;
    state.textContent = text;
    if (aloud) announce(text);
  };

  const save = async (leaving = false) => {
    clearTimeout(pause);
    if (stopped || form.dataset.sent || words() === saved || (busy && !leaving)) return;
    busy = true;
    since = 0;
    const now = words();
    const fields = new FormData(form);
    fields.set("step", "save");
    const draft = form.elements.namedItem("draft");
    const [writer, version] = draft.value.split(":");
    draft.value = `${writer}:${Number(version) + 1}`; // of the next sending
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new URLSearchParams(fields),
        headers: { "X-Fragment": "draft" },
        credentials: "same-origin",
        keepalive: leaving,
        signal: AbortSignal.timeout(15000),
      });
      const told = answer.redirected ? {} : await answer.json().catch(() => ({}));
      if (!answer.ok || answer.redirected) {
        stopped = answer.redirected || answer.status === 401 || answer.status === 403 || answer.status === 404;
        say(told.said || state.dataset.failed, true);
        return;
      }
      if (told.opened !== form.elements.namedItem("opened").value) {
        form.elements.namedItem("opened").value = told.opened;
        draft.value = told.draft;
      }
      saved = now;
      // What is kept is no reason to warn before the page is left.
      for (const field of form.querySelectorAll("input[type=text], textarea")) field.defaultValue = field.value;
      if (told.said) say(told.second ? told.said : state.dataset.saved, told.second || !heard);
      heard = true;
    } catch {
      say(state.dataset.failed, true);
    } finally {
      busy = false;
      if (!leaving && words() !== now) later();
    }
  };

  const later = () => {
    clearTimeout(pause);
    since ||= Date.now();
    pause = setTimeout(save, Math.max(0, Math.min(PAUSE, since + LONGEST - Date.now())));
  };

  form.addEventListener("input", () => {
    if (state?.textContent === state?.dataset.saved) state.textContent = "";
    later();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") save(true);
  });
}
