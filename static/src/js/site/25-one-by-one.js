// Voting one by one: 1, 2 and 3 press the answers while the card has the focus, and nowhere else.

const card = document.querySelector("[data-one-by-one]");

card?.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.repeat) return;
  const answer = card.querySelectorAll(".vote__button")["123".indexOf(event.key)];
  if (!answer || event.key.length !== 1) return;
  event.preventDefault();
  answer.click();
});
