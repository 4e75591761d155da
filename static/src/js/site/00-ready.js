// Marks the page as having a script, and offers `announce` to the other parts.

document.documentElement.classList.replace("no-js", "js");

const announcer = document.querySelector("[data-announcer]");

// Says something to those who listen, without moving focus. An event, so that parts stay apart.
document.addEventListener("announce", (event) => {
  if (!announcer) return;
  announcer.textContent = "";
  setTimeout(() => { announcer.textContent = event.detail; }, 60);
});

// Puts something on the page, but not while a finger or a button is down: what is being pressed would
// move away under it.
let isDown = false;
const waiting = [];
document.addEventListener("put", (event) => { if (isDown) waiting.push(event.detail); else event.detail(); });
document.addEventListener("pointerdown", () => { isDown = true; }, true);
for (const end of ["pointerup", "pointercancel"]) {
  document.addEventListener(end, () => setTimeout(() => { // after the click that follows
    isDown = false;
    for (const act of waiting.splice(0)) act();
  }), true);
}

// The first message or the summary of errors is where reading goes on after a form was sent.
const first = document.querySelector(".error-summary[data-focus]") ?? document.querySelector("[data-focus]");
if (first && !location.hash) first.focus();
else if (first) document.dispatchEvent(new CustomEvent("announce", { detail: first.textContent.trim() }));
