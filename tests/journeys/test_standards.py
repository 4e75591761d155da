"""What holds for pages whatever the story: forced colours, no motion, paper, weight, leaving."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.journeys.conftest import Arrive
from tests.journeys.world import HOME, World
from tests.parts.chromium import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pages")]

EXIT = "https://www.weather.gov/"
KILOBYTE = 1000


def discussed(world: World) -> str:
    idea = max(world.ideas(), key=lambda idea: idea.comments)
    return f"{HOME}/ideas/{idea.id}-{idea.slug}"


class TestColours:
    def test_forced_colors(self, world: World, arrive: Arrive) -> None:
        """The chosen answer differs from the others when the system chooses the colours."""
        email = world.new_account()
        visitor = arrive(email, forced_colors="active")
        idea = world.ideas()[8]
        visitor.go(f"{HOME}/ideas/{idea.id}-{idea.slug}")
        page = visitor.page
        page.locator("button[value=agree]").first.click()
        expect(page.locator(".vote__after")).to_contain_text("You agreed")
        background = "node => getComputedStyle(node).backgroundColor"
        chosen = page.locator("button[value=agree]").first.evaluate(background)
        other = page.locator("button[value=disagree]").first.evaluate(background)
        assert chosen != other

    def test_cvd(self, world: World, arrive: Arrive) -> None:
        """In greyscale the disagreeing part of a bar still has a pattern, the agreeing none."""
        visitor = arrive("participant")
        page = visitor.page
        visitor.go("/me")
        page.locator("#my-votes ~ ul a").first.click()
        session = visitor.context.new_cdp_session(page)
        session.send("Emulation.setEmulatedVisionDeficiency", {"type": "achromatopsia"})
        bar = page.locator(".vote-panel svg.bar")
        expect(bar).to_be_visible()
        assert page.locator(".bar__disagree").first.evaluate("n => n.getBBox().width") > 20
        shades = {
            part: page.locator(f".vote-panel {part}").evaluate("n => getComputedStyle(n).fill")
            for part in (".bar__agree", ".bar__disagree")
        }
        assert "hatch" in shades[".bar__disagree"]
        assert "hatch" not in shades[".bar__agree"]


class TestMotion:
    MOVES = """
    () => [...document.querySelectorAll("*")].filter((node) => {
      const style = getComputedStyle(node);
      const lasts = (value) => value.split(",").some((part) => parseFloat(part) > 0);
      return lasts(style.transitionDuration) || lasts(style.animationDuration);
    }).length
    """

    def test_motion(self, arrive: Arrive) -> None:
        """Nothing moves for who wants no motion; for others something does, so this can fail."""
        still, moved = arrive(reduced_motion="reduce"), arrive(reduced_motion="no-preference")
        for visitor in (still, moved):
            visitor.go(HOME)
        assert still.page.evaluate(self.MOVES) == 0
        assert moved.page.evaluate(self.MOVES) > 0


class TestPaper:
    @pytest.mark.parametrize("which", ["home", "idea", "report"])
    def test_print(self, world: World, arrive: Arrive, which: str) -> None:
        """On paper there is no navigation and no form; tables are open; no chart is cut off."""
        visitor = arrive()
        page = visitor.page
        path = {"home": HOME, "idea": discussed(world), "report": f"{HOME}/reports/1"}[which]
        visitor.go(path)
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 700, "height": 1000})
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        for part in (".site-nav", ".strip", ".usa-skipnav", "form:not(.vote__form)", "button"):
            for node in page.locator(part).all():
                expect(node).to_be_hidden()
        if which == "home":
            expect(page.locator(".idea-row")).to_have_count(25)
        if which == "report":
            for table in page.locator("details table").all():
                expect(table).to_be_visible()
            clipped = page.evaluate(
                "() => [...document.querySelectorAll('svg.chart')].filter("
                "n => n.getBoundingClientRect().right > innerWidth + 1).length"
            )
            assert clipped == 0
        assert page.pdf().startswith(b"%PDF")


class TestWeight:
    @pytest.mark.parametrize(
        ("who", "which"),
        [
            *[("visitor", which) for which in ("/", HOME, "idea", "new", "report", "/help")],
            ("participant", HOME),
            ("participant", "idea"),
            ("moderator", "/mod/queue"),
        ],
    )
    def test_weight(self, world: World, arrive: Arrive, who: str, which: str) -> None:
        """A first visit: 150 kB, 12 requests, 30 kB of script at most, as they travel."""
        named = {
            "idea": discussed(world),
            "new": f"{HOME}/ideas/new",
            "report": f"{HOME}/reports/1",
        }
        visitor = arrive(who)
        sizes = travelled(visitor, named.get(which, which))
        told = "\n".join(f"{size:>8} {kind} {url}" for url, (kind, size) in sizes.items())
        assert sum(size for _kind, size in sizes.values()) <= 150 * KILOBYTE, told
        assert len(sizes) <= 12, told
        scripts = sum(size for kind, size in sizes.values() if kind == "Script")
        assert 0 < scripts <= 30 * KILOBYTE, told


def travelled(visitor: Visitor, path: str) -> dict[str, tuple[str, int]]:
    """What each request of a page cost on the wire, headers included, with an empty cache."""
    session = visitor.context.new_cdp_session(visitor.page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    asked: dict[str, tuple[str, str]] = {}
    sizes: dict[str, tuple[str, int]] = {}

    def sent(event: dict[str, Any]) -> None:
        asked[event["requestId"]] = (event["request"]["url"], event.get("type", ""))

    def done(event: dict[str, Any]) -> None:
        url, kind = asked[event["requestId"]]
        if url.startswith("http"):
            sizes[url] = (kind, int(event["encodedDataLength"]))

    session.on("Network.requestWillBeSent", sent)
    session.on("Network.loadingFinished", done)
    visitor.go(path)
    visitor.page.wait_for_load_state("networkidle")
    return sizes


class TestLeaving:
    """The way out of somebody who is watched: at once, and Back shows nothing."""

    def arranged(self, visitor: Visitor) -> Page:
        """Stands in for the page that the exit leads to: a test asks no other host."""

        def answer(route: Route) -> None:
            body = "<!doctype html><title>Weather</title><h1>Weather</h1>"
            route.fulfill(body=body, content_type="text/html")

        visitor.context.route(EXIT, answer)
        visitor.watch.allowed.add(EXIT)
        return visitor.page

    @pytest.mark.parametrize("how", ["click", "three times Shift"])
    def test_exit(self, world: World, arrive: Arrive, how: str) -> None:
        visitor = arrive()
        page = self.arranged(visitor)
        visitor.go("/")
        visitor.go(discussed(world))
        before = page.evaluate("() => history.length")
        if how == "click":
            page.get_by_role("link", name="Leave this site").click()
        else:
            for _ in range(3):
                page.keyboard.press("Shift")
        expect(page).to_have_title("Weather")
        assert page.evaluate("() => history.length") == before
        page.go_back()
        expect(page).not_to_have_title(re.compile("trafficking|Raise fines", re.IGNORECASE))

    def test_exit_hides_the_page_before_the_next_one_answers(
        self, world: World, arrive: Arrive
    ) -> None:
        """The next site may be slow: what stands on the screen meanwhile is nothing."""
        visitor = arrive()
        page = self.arranged(visitor)
        visitor.go(discussed(world))
        seen = page.evaluate(
            """() => {
                document.querySelector("a[data-exit]").click();
                return [getComputedStyle(document.body).display, document.title];
            }"""
        )
        assert seen == ["none", "…"]
        expect(page).to_have_title("Weather")

    def test_exit_is_a_plain_link_without_a_script(self, arrive: Arrive) -> None:
        for path in (HOME, "/account/create", "/nothing-here"):
            visitor = arrive(javascript=False)
            page = self.arranged(visitor)
            visitor.expect_status(404)
            visitor.go(path)
            link = page.get_by_role("link", name="Leave this site")
            expect(link).to_have_attribute("href", EXIT)
            expect(link).to_have_attribute("rel", re.compile("noreferrer"))
            link.click()
            expect(page).to_have_title("Weather")

    def test_exit_is_not_taken_by_slow_or_mixed_keys(self, arrive: Arrive) -> None:
        visitor = arrive()
        visitor.go(HOME)
        page = visitor.page
        for key in ("Shift", "Shift", "a", "Shift", "Tab", "Shift"):
            page.keyboard.press(key)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.url.endswith(HOME)


class TestAddresses:
    """`urls`: old and shortened addresses lead to the right one, comments to their anchor."""

    def test_urls(self, world: World, arrive: Arrive) -> None:
        idea = world.ideas()[0]
        right = f"{HOME}/ideas/{idea.id}-{idea.slug}"
        visitor = arrive()
        for wrong in (f"{HOME}/ideas/{idea.id}", f"{HOME}/ideas/{idea.id}-an-old-name"):
            answer = visitor.context.request.get(visitor.base + wrong, max_redirects=0)
            assert answer.status == 301
            assert answer.headers["location"].endswith(right)
        answer = visitor.context.request.get(f"{visitor.base}{HOME}/", max_redirects=0)
        assert answer.status == 301
        assert answer.headers["location"].endswith(HOME)

    def test_urls_of_comments(self, world: World, arrive: Arrive, javascript: bool) -> None:
        idea = max(world.ideas(), key=lambda idea: idea.comments)
        visitor = arrive(javascript=javascript)
        visitor.go(f"{HOME}/ideas/{idea.id}-{idea.slug}")
        comments = visitor.page.locator(".comment[id]")
        names = [str(found.get_attribute("id")) for found in comments.all()]
        assert len(names) >= 8
        for name in (names[0], names[-1]):
            visitor.go(f"/c/{name.removeprefix('comment-')}")
            assert visitor.page.url.endswith(f"#{name}")
            expect(visitor.page.locator(f"#{name}")).to_be_in_viewport()
