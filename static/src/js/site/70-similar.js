// "Has someone said this already?" While a sentence is typed, after three words and a pause, ideas like
// it stand under it. Agreeing with one needs no new page. Without a script the preview shows them.

const PAUSE = 400;
const LETTERS_WITHOUT_SPACES = /[\u0e00-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]/;
const put = (act) => document.dispatchEvent(new CustomEvent("put", { detail: act }));
const announce = (text) => document.dispatchEvent(new CustomEvent("announce", { detail: text }));

for (const form of document.querySelectorAll("form[data-similar-url]")) {
  const slot = form.querySelector("[data-similar-slot]");
  const field = form.elements.namedItem("title");
  if (!slot || !field) continue;
  let pause;
  let newest = 0;
  let asked = field.value.trim();

  const isEnough = (words) =>
    words.split(/\s+/).length >= 3 || (LETTERS_WITHOUT_SPACES.test(words) && words.length >= 6);

  const show = (html) => {
    const block = new DOMParser().parseFromString(html, "text/html").querySelector("[data-similar]");
    const said = slot.firstElementChild?.dataset.said;
    slot.replaceChildren(...(block ? [block] : []));
    if (block && block.dataset.said !== said) announce(block.dataset.said);
    return block;
  };

  const look = async () => {
    const words = field.value.trim();
    if (words === asked) return;
    asked = words;
    const turn = ++newest;
    if (!isEnough(words)) {
      slot.replaceChildren();
      return;
    }
    try {
      const answer = await fetch(`${form.dataset.similarUrl}?${new URLSearchParams({ q: words })}`, {
        headers: { "X-Fragment": "similar" },
        credentials: "same-origin",
        signal: AbortSignal.timeout(10000),
      });
      if (!answer.ok) return;
      const html = await answer.text();
      put(() => { if (turn === newest) show(html); });
    } catch {
      asked = ""; // the next pause asks again; the preview shows them anyhow
    }
  };

  field.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(look, PAUSE);
  });

  form.addEventListener("submit", async (event) => {
    const pressed = event.submitter;
    if (!pressed?.matches("[data-similar-act]") || form.dataset.plain) return;
    event.preventDefault();
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new URLSearchParams(new FormData(form, pressed)),
        headers: { "X-Fragment": "similar" },
        credentials: "same-origin",
        signal: AbortSignal.timeout(15000),
      });
      if (answer.redirected) {
        form.dataset.sent = "yes"; // the words are kept: leaving loses nothing
        location.assign(answer.url);
        return;
      }
      if (!answer.ok) throw new Error(String(answer.status));
      newest += 1;
      const number = pressed.value.split("-")[1];
      const block = show(await answer.text());
      const next = block?.querySelector(`[value="comment-${number}"]`) ?? block?.querySelector("a");
      next?.focus();
      announce(block?.querySelector(`[data-idea="${number}"] [data-choice]`)?.textContent ?? "");
    } catch {
      form.dataset.plain = "yes";
      form.requestSubmit(pressed);
    }
  });
}
