// Leaving at once: the page disappears with the click, its entry in the history is replaced, and
// the person is signed out, so that Back leads to nothing of theirs.
// Shift pressed three times within two seconds does the same. Without a script the link works plainly.

const exit = document.querySelector("a[data-exit]");

if (exit) {
  const leave = () => {
    document.documentElement.classList.add("leaving");
    document.title = "…";
    fetch("/account/sign-out", { method: "POST", keepalive: true, redirect: "manual" }).catch(() => {});
    location.replace(exit.href);
  };

  exit.addEventListener("click", (event) => {
    event.preventDefault();
    leave();
  });

  let presses = [];
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Shift") {
      presses = [];
      return;
    }
    if (event.repeat) return;
    presses = [...presses.filter((at) => event.timeStamp - at < 2000), event.timeStamp];
    if (presses.length >= 3) leave();
  });

  // A page kept for the Back button must not show again what was left behind.
  addEventListener("pageshow", (event) => {
    if (event.persisted && document.documentElement.classList.contains("leaving")) leave();
  });
}
