// A report that is being made: the page asks how far it is, and loads anew when it has ended.

const job = document.querySelector("[data-job]");

if (job) {
  const bar = job.querySelector("[data-job-bar]");
  const current = () => Number(job.querySelector("[data-job-step][aria-current]")?.dataset.jobStep ?? 0);

  const look = async () => {
    try {
      const answer = await fetch(job.dataset.job, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const progress = await answer.json();
      if (progress.ended) return location.reload();
      bar.value = progress.percent;
      job.querySelector("[data-job-left]").textContent = progress.left;
      if (progress.step !== current()) {
        job.querySelector("[data-job-step][aria-current]")?.removeAttribute("aria-current");
        job.querySelector(`[data-job-step="${progress.step}"]`)?.setAttribute("aria-current", "step");
        job.querySelector("[data-job-now]").textContent = progress.line;
        document.dispatchEvent(new CustomEvent("announce", { detail: progress.line }));
      }
    } catch {
      // The next look may reach the server again.
    }
    setTimeout(look, 1500);
  };

  setTimeout(look, 1000);
}
