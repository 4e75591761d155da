// Small comforts: sorting without a button, another name at a click, folds that tell the truth on
// wide screens, one sending per form, a warning before written words are lost.

for (const form of document.querySelectorAll("[data-autosubmit]")) {
  // Only a choice made with a pointer or confirmed sends: arrow keys alone must not leave the page.
  const select = form.querySelector("select");
  let byKey = false;
  select.addEventListener("keydown", (event) => { byKey = event.key !== "Enter"; });
  select.addEventListener("pointerdown", () => { byKey = false; });
  select.addEventListener("change", () => { if (!byKey) form.requestSubmit(); });
  select.addEventListener("blur", () => { byKey = false; });
  select.addEventListener("keyup", (event) => { if (event.key === "Enter") form.requestSubmit(); });
}

for (const box of document.querySelectorAll("[data-names]")) {
  const names = box.dataset.names.split(" ").filter(Boolean);
  const field = box.querySelector("input");
  if (!names.length || !field) continue;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "usa-button usa-button--unstyled another-name";
  button.textContent = box.dataset.namesWord;
  button.addEventListener("click", () => {
    names.push(field.value);
    field.value = names.shift();
    document.dispatchEvent(new CustomEvent("announce", { detail: field.value }));
  });
  box.append(button);
}

const wide = matchMedia("(min-width: 46em)");
const unfold = () => {
  for (const fold of document.querySelectorAll("details[data-fold]")) {
    if (wide.matches) fold.open = true;
    const summary = fold.querySelector("summary");
    if (wide.matches) summary.tabIndex = -1;
    else summary.removeAttribute("tabindex");
  }
};
wide.addEventListener("change", unfold);
unfold();

// A second click while the first is on its way sends nothing; the page kept for Back works again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

for (const form of document.querySelectorAll("[data-leave-warning]")) {
  const fields = [...form.querySelectorAll("input[type=text], textarea")];
  const typed = () => fields.some((field) => field.value !== field.defaultValue);
  addEventListener("beforeunload", (event) => {
    const leaving = document.documentElement.classList.contains("leaving");
    if (typed() && !form.dataset.sent && !leaving) event.preventDefault();
  });
}
