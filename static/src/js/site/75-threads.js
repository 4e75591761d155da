// "Show 37 more replies" brings them in place. Without a script the link leads to a page of the thread.

document.addEventListener("click", async (event) => {
  const link = event.target.closest("[data-more] a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const more = link.closest("[data-more]");
  const thread = link.closest("[data-thread]");
  if (thread.dataset.busy) return;
  thread.dataset.busy = "yes";
  try {
    const answer = await fetch(link.href, { credentials: "same-origin", signal: AbortSignal.timeout(15000) });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = [...page.querySelectorAll("[data-thread] > .comment")].filter((one) => !document.getElementById(one.id));
    const next = page.querySelector("[data-thread] > [data-more]");
    more.replaceWith(...fresh, ...(next ? [next] : []));
    delete thread.dataset.busy;
    fresh[0]?.focus();
  } catch {
    location.assign(link.href);
  }
});
