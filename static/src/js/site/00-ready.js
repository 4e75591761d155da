// Marks the page as having a script, and offers `announce` to the other parts.

document.documentElement.classList.replace("no-js", "js");

const announcer = document.querySelector("[data-announcer]");

// Says something to those who listen, without moving focus. An event, so that parts stay apart.
document.addEventListener("announce", (event) => {
  if (!announcer) return;
  announcer.textContent = "";
  setTimeout(() => { announcer.textContent = event.detail; }, 60);
});

// The first message or the summary of errors is where reading goes on after a form was sent.
const first = document.querySelector(".error-summary[data-focus]") ?? document.querySelector("[data-focus]");
if (first && !location.hash) first.focus();
else if (first) document.dispatchEvent(new CustomEvent("announce", { detail: first.textContent.trim() }));
