"""What people wait for in a browser: a vote to show, a page to stand, a decision to be made."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

from drills import figures
from drills.figures import Figure
from tests.journeys.world import HOME, World, planted
from tests.parts import chromium

VOTES = 20
DECISIONS = 50
# A phone of few years ago on a slow network: 1.6 Mbit/s down, 150 ms away, a quarter of our speed.
SLOW = {
    "offline": False,
    "downloadThroughput": 1.6e6 / 8,
    "uploadThroughput": 0.75e6 / 8,
    "latency": 150,
}
SLOWER = 4
OBSERVE = """
() => {
  window.seen = { lcp: 0, cls: 0 };
  const watch = (type, each) =>
    new PerformanceObserver((list) => list.getEntries().forEach(each))
      .observe({ type, buffered: true });
  watch("largest-contentful-paint", (entry) => { window.seen.lcp = entry.startTime; });
  watch("layout-shift", (entry) => { if (!entry.hadRecentInput) window.seen.cls += entry.value; });
}
"""
# From the click to the first change of the control, in milliseconds.
TIMED_VOTE = """
(button) => new Promise((done) => {
  const box = button.closest("[data-vote]");
  const began = performance.now();
  new MutationObserver((changes, watch) => {
    watch.disconnect();
    done(performance.now() - began);
  }).observe(box, { attributes: true, childList: true, subtree: true });
  button.click();
})
"""


def drill() -> list[Figure]:
    with (
        tempfile.TemporaryDirectory() as folder,
        planted(Path(folder) / "instance", DIALOGUE_IDEAS_PER_DAY="1000") as world,
        sync_playwright() as playwright,
    ):
        browser = chromium.launch(playwright)
        found = [*votes(world, browser), *loading(world, browser), *queue(world, browser)]
        browser.close()
    return found


def votes(world: World, browser: Browser) -> list[Figure]:
    email = world.new_account()
    waits = []
    with chromium.visit(browser, world.url, storage_state=world.cookies(email)) as visitor:
        visitor.go(HOME)
        for number in range(VOTES):
            button = visitor.page.locator(".idea-row").nth(number).locator("[value=agree]").first
            waits.append(button.evaluate(TIMED_VOTE))
            expect(visitor.page.locator(".idea-row .vote__said")).to_have_count(number + 1)
    return [figures.at_most("a vote shows, p95, ms", figures.percentile(waits, 0.95), 100)]


def loading(world: World, browser: Browser) -> list[Figure]:
    idea = max(world.ideas(), key=lambda idea: idea.comments)
    found = []
    for name, path in {"home": HOME, "idea": f"{HOME}/ideas/{idea.id}-{idea.slug}"}.items():
        with chromium.visit(browser, world.url, width=chromium.NARROW) as visitor:
            session = visitor.context.new_cdp_session(visitor.page)
            session.send("Network.enable")
            session.send("Network.emulateNetworkConditions", SLOW)
            session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
            visitor.context.add_init_script(f"({OBSERVE})()")
            visitor.go(path)
            visitor.page.wait_for_load_state("networkidle")
            seen = visitor.page.evaluate("() => window.seen")
        found += [
            figures.at_most(f"{name}: largest paint on a slow phone, s", seen["lcp"] / 1000, 1.5),
            figures.at_most(f"{name}: shift of the layout", seen["cls"], 0.05),
        ]
    return found


def queue(world: World, browser: Browser) -> list[Figure]:
    author, moderator = world.new_account(), world.new_account("moderator")
    for _ in range(DECISIONS):
        world.post_idea(author, world.new_title("Another thing to read"))
    answers: list[float] = []
    requests: list[int] = []  # of one decision and the page it leads to
    sizes: list[int] = []
    with chromium.visit(browser, world.url, storage_state=world.cookies(moderator)) as visitor:
        page = visitor.page
        visitor.go("/mod/queue?lane=new")
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        got: list[int] = []
        network.on("Network.loadingFinished", lambda done: got.append(done["encodedDataLength"]))
        began = time.monotonic()
        for _ in range(DECISIONS):
            got.clear()
            with page.expect_response(lambda answer: "/decisions" in answer.url) as decided:
                page.keyboard.press("a")
            timing = decided.value.request.timing
            answers.append(timing["responseStart"] - timing["requestStart"])
            page.wait_for_url("**done=*")
            expect(page.locator("#item-title")).to_be_focused()
            requests.append(len(got))
            sizes.append(sum(got))
        lasted = time.monotonic() - began
    return [
        figures.at_most(f"{DECISIONS} decisions by key, s", lasted, 60),
        figures.at_most("a decision, p95, ms", figures.percentile(answers, 0.95), 150),
        figures.at_most("one item, s", lasted / DECISIONS, 1.2),
        figures.at_most("requests of a decision, median", figures.percentile(requests, 0.5), 12),
        figures.at_most("a decision, kB received", figures.percentile(sizes, 0.5) / 1000, 150),
    ]


if __name__ == "__main__":
    figures.main(drill)
