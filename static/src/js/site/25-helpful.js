// "Helpful" without a new page: the answer replaces the button; when it could not be saved the page
// goes the plain way and says why.

const announce = (text) => document.dispatchEvent(new CustomEvent("announce", { detail: text }));

document.addEventListener("submit", async (event) => {
  const pressed = event.submitter;
  if (!pressed?.matches(".helpful") || pressed.dataset.plain) return;
  event.preventDefault();
  if (pressed.dataset.busy) return;
  pressed.dataset.busy = "yes";
  const fields = new URLSearchParams(new FormData(event.target, pressed));
  const before = pressed.getAttribute("aria-pressed");
  pressed.setAttribute("aria-pressed", String(pressed.value === "yes"));
  try {
    const answer = await fetch(pressed.formAction, {
      method: "POST",
      body: fields,
      headers: { "X-Fragment": "helpful" },
      credentials: "same-origin",
      signal: AbortSignal.timeout(15000),
    });
    if (answer.redirected) {
      location.assign(answer.url);
      return;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".helpful");
    pressed.replaceWith(fresh);
    fresh.focus();
    announce(fresh.dataset.said);
  } catch {
    pressed.setAttribute("aria-pressed", before);
    delete pressed.dataset.busy;
    pressed.dataset.plain = "yes";
    event.target.requestSubmit(pressed);
  }
});
