// While somebody writes: after leaving a field the server looks for personal details and for words of
// danger, and what it has to say stands beside the words. Without a script the preview says the same.

const announce = (text) => document.dispatchEvent(new CustomEvent("announce", { detail: text }));
const put = (act) => document.dispatchEvent(new CustomEvent("put", { detail: act }));
const sayable = (element) => element.textContent.replace(/\s+/g, " ").trim();

for (const form of document.querySelectorAll("form[data-check-url]")) {
  const fields = [...form.querySelectorAll("input[type=text], textarea:not([hidden])")].filter((field) => field.name);
  const slots = [...form.querySelectorAll("[data-hint-slot]")];
  const dangerSlot = form.querySelector("[data-danger-slot]");
  const words = () => fields.map((field) => field.value).join("\u0000");
  let checked = fields.map((field) => field.defaultValue).join("\u0000");
  let newest = 0;

  const ask = async (step) => {
    const turn = ++newest;
    const body = new URLSearchParams({ step });
    for (const name of ["csrf_token", ...fields.map((field) => field.name)]) {
      const value = form.elements.namedItem(name)?.value;
      if (value !== undefined) body.set(name, value);
    }
    const answer = await fetch(form.dataset.checkUrl, {
      method: "POST",
      body,
      headers: { "X-Fragment": "writing" },
      credentials: "same-origin",
      signal: AbortSignal.timeout(10000),
    });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const fragment = new DOMParser().parseFromString(await answer.text(), "text/html");
    return turn === newest ? fragment : null;
  };

  const show = (fragment) => {
    const before = sayable(form.querySelector("[data-hint]") ?? document.createElement("p"));
    const hadDanger = Boolean(dangerSlot?.firstElementChild);
    const hint = fragment.querySelector("[data-hint]");
    const note = fragment.querySelector("[data-hid]");
    const danger = fragment.querySelector("[data-danger]");
    for (const slot of slots) slot.replaceChildren();
    const place = (name) => slots.find((slot) => slot.dataset.hintSlot === name) ?? slots.at(-1);
    if (note) slots.at(-1).append(note);
    if (hint) place(hint.dataset.hint).append(hint);
    dangerSlot?.replaceChildren(...(danger ? [danger] : []));
    if (note) announce(sayable(note));
    else if (hint && sayable(hint) !== before) announce(sayable(hint));
    else if (danger && !hadDanger) announce(sayable(danger));
  };

  form.addEventListener("focusout", async (event) => {
    if (!fields.includes(event.target) || words() === checked) return;
    checked = words();
    try {
      const fragment = await ask("check");
      const turn = newest;
      if (fragment) put(() => { if (turn === newest) show(fragment); });
    } catch {
      checked = ""; // the next field that is left asks again; the preview tells it anyhow
    }
  });

  form.addEventListener("submit", async (event) => {
    if (!event.submitter?.matches("[data-hide]") || form.dataset.plain) return;
    event.preventDefault();
    const pressed = event.submitter;
    try {
      const fragment = await ask("hide");
      if (!fragment) return;
      for (const changed of fragment.querySelectorAll("[data-words]")) {
        const field = form.elements.namedItem(changed.dataset.words);
        field.value = changed.value;
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }
      checked = words();
      show(fragment);
      form.querySelector("[data-hid]")?.focus();
    } catch {
      form.dataset.plain = "yes";
      form.requestSubmit(pressed);
    }
  });
}
