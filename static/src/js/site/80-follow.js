// Follow and stop following without a new page; whatever else comes back, the browser goes the plain way.

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-follow]");
  if (!form || form.dataset.plain || !event.submitter) return;
  const pressed = event.submitter;
  event.preventDefault();
  const plainly = () => {
    form.dataset.plain = "yes";
    form.requestSubmit(pressed);
  };
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(new FormData(form, pressed)),
      headers: { "X-Fragment": "follow" },
      credentials: "same-origin",
      signal: AbortSignal.timeout(15000),
    });
    if (answer.redirected) {
      location.assign(answer.url);
      return;
    }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-follow]");
    if (!answer.ok || !fresh) {
      plainly();
      return;
    }
    fresh.className = form.className;
    form.replaceWith(fresh);
    fresh.querySelector("button").focus();
    document.dispatchEvent(new CustomEvent("announce", { detail: fresh.dataset.said }));
  } catch {
    plainly();
  }
});
