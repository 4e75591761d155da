// Leaving at once: the page disappears with the click, its entry in the history is replaced, and
// the person is signed out, so that Back leads to nothing of theirs.
// Shift pressed three times within two seconds does the same. Without a script the link works plainly.

const exit = document.querySelector("a[data-exit]");

if (exit) {
  const leave = () => {
    document.documentElement.classList.add("leaving");
    document.title = "…";
    // Signed out first, so that not even the quickest Back finds the person; never waited for
    // longer than a moment, and the page is hidden meanwhile.
    const signedOut = fetch("/account/sign-out", { method: "POST", keepalive: true, redirect: "manual" }).catch(() => {});
    const moment = new Promise((pass) => setTimeout(pass, 400));
    Promise.race([signedOut, moment]).then(() => location.replace(exit.href));
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
