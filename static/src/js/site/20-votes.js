// One click votes without a new page: the choice shows at once, the answer replaces the control,
// and when it could not be saved everything is as before and says so.

const PLAIN = new Set([403, 404, 409, 410, 413, 422, 429]);
const announce = (text) => document.dispatchEvent(new CustomEvent("announce", { detail: text }));

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-vote-form]");
  if (!form || form.dataset.plain) return;
  const box = form.closest("[data-vote]");
  const pressed = event.submitter;
  if (!box || !pressed?.value) return;
  event.preventDefault();
  if (box.dataset.busy) return;
  box.dataset.busy = "yes";

  const buttons = [...form.querySelectorAll("[aria-pressed]")];
  const before = buttons.map((button) => button.getAttribute("aria-pressed"));
  for (const button of buttons) button.setAttribute("aria-pressed", String(button.value === pressed.value));
  form.querySelector(".vote__failed")?.remove();

  const rollBack = () => {
    buttons.forEach((button, i) => button.setAttribute("aria-pressed", before[i]));
    const failed = document.createElement("p");
    failed.className = "vote__failed";
    failed.textContent = form.dataset.failed;
    form.append(failed);
    announce(form.dataset.failed);
    delete box.dataset.busy;
  };

  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(new FormData(form, pressed)),
      headers: { "X-Fragment": "vote" },
      credentials: "same-origin",
      signal: AbortSignal.timeout(15000),
    });
    if (answer.redirected) {
      location.assign(answer.url);
      return;
    }
    if (PLAIN.has(answer.status)) {
      form.dataset.plain = "yes";
      delete box.dataset.busy;
      form.requestSubmit(pressed);
      return;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    show(box, await answer.text(), pressed.value);
  } catch {
    rollBack();
  }
});

function show(box, html, choice) {
  const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("[data-vote]");
  if (!fresh) throw new Error("no control in the answer");
  const focused = box.contains(document.activeElement);
  box.replaceWith(fresh);
  document.getElementById(`keep-${fresh.id}`)?.remove(); // the question is answered
  if (focused) (fresh.querySelector("summary") ?? fresh.querySelector(`[value="${choice}"]`) ?? fresh.querySelector("button"))?.focus();
  announce(fresh.dataset.said);
}
