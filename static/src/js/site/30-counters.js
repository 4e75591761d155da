// How many characters are left: shown at once, told politely after a pause. Counts code points, as the server does.

const format = new Intl.NumberFormat(document.documentElement.lang);

for (const counter of document.querySelectorAll("[data-counter-for]")) {
  const field = document.getElementById(counter.dataset.counterFor);
  const limit = Number(counter.dataset.limit);
  if (!field) continue;
  let pause;
  const update = () => {
    const left = limit - [...field.value].length;
    const word = left < 0 ? counter.dataset.over : counter.dataset.left;
    counter.textContent = `${format.format(Math.abs(left))} ${word}`;
    counter.classList.toggle("counter--over", left < 0);
  };
  field.addEventListener("input", () => {
    update();
    clearTimeout(pause);
    pause = setTimeout(() => {
      document.dispatchEvent(new CustomEvent("announce", { detail: counter.textContent }));
    }, 1500);
  });
  update();
}
