"""The queue in a real browser: keys, focus, what is announced; the same without a script."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from werkzeug.serving import make_server

from dialogue.kernel import clock
from tests.moderation.world import World
from tests.parts import run
from tests.parts.chromium import NARROW, WIDE, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.sqlite_only]

Visit = Callable[..., Visitor]


@pytest.fixture
def address(world: World) -> Iterator[str]:
    port = run.free_port()
    server = make_server("127.0.0.1", port, world.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def moderator(world: World, address: str, visit: Visit) -> Callable[..., Visitor]:
    """Opens a browser in which a moderator is signed in: `moderator(world.mo, width=390)`."""

    def open_one(user: int | None = None, **options: object) -> Visitor:
        visitor = visit(address, **options)
        client = world.client(user or world.lee)
        cookie = client.get_cookie(world.app.config["SESSION_COOKIE_NAME"])
        assert cookie is not None
        visitor.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])
        return visitor

    return open_one


def fill(world: World) -> None:
    """Two new ideas, a comment with details, an edit, a call for help."""
    now = clock.now()
    idea, _ = world.submit("Check recruiters", now=now - timedelta(days=1))
    world.decide(idea, now=now - timedelta(hours=20))
    world.submit("Inspectors in plain clothes", now=now - timedelta(hours=3))
    world.submit("Radio spots in Mam", "- one\n- two", now=now - timedelta(hours=2))
    world.comment(idea, "My name is Dale Whitcombe, call (312) 456-7890.")
    world.edit(idea, "Check recruiters earlier", "Another wording")
    world.submit("Locked in", "Please help me, I cannot leave this house.", author=world.ben)


class TestKeys:
    def test_decide_and_move_on_to_the_next_heading(
        self, world: World, moderator: Callable[..., Visitor]
    ) -> None:
        fill(world)
        visitor = moderator()
        page = visitor.page
        visitor.go("/mod/queue?lane=new")
        page.keyboard.press("a")
        page.wait_for_url("**done=*")
        expect(page.locator("#item-title")).to_be_focused()
        expect(page.locator("#item-title")).to_have_text("Radio spots in Mam")
        expect(page.locator("[data-announcer]")).to_have_text(
            "Approved “Inspectors in plain clothes”. The next item is open."
        )
        page.keyboard.press("5")
        expect(page.locator(".undo-bar")).to_contain_text("Rejected “Radio spots in Mam”")
        page.keyboard.press("z")
        page.wait_for_url("**undone=*")
        expect(page.locator("#item-title")).to_have_text("Radio spots in Mam")
        expect(page.locator("#item-title")).to_be_focused()

    def test_skip_without_deciding(self, world: World, moderator: Callable[..., Visitor]) -> None:
        fill(world)
        visitor = moderator()
        visitor.go("/mod/queue?lane=new")
        visitor.page.keyboard.press("j")
        expect(visitor.page.locator("#item-title")).to_have_text("Radio spots in Mam")
        expect(visitor.page.locator("h1")).to_have_text("5 items waiting")

    def test_ask_for_the_sentence_that_a_reason_needs(
        self, world: World, moderator: Callable[..., Visitor]
    ) -> None:
        contribution, _ = world.submit()
        visitor = moderator()
        page = visitor.page
        visitor.go("/mod/queue")
        page.keyboard.press("6")
        expect(page.locator("#note")).to_be_focused()
        page.keyboard.type("a 5 z")
        expect(page.locator("#note")).to_have_value("a 5 z")
        page.get_by_role("button", name="Another reason").click()
        expect(page.locator(".undo-bar")).to_contain_text("Rejected")
        assert world.decisions_on(contribution)[0].note == "a 5 z"

    def test_do_nothing_with_modifiers_outside_the_queue_or_when_switched_off(
        self, world: World, moderator: Callable[..., Visitor]
    ) -> None:
        contribution, _ = world.submit()
        visitor = moderator()
        page = visitor.page
        visitor.go("/mod/queue")
        for press in ("Control+a", "Alt+a", "Meta+a", "Shift+A"):
            page.keyboard.press(press)
        page.locator(".brand").focus()
        page.keyboard.press("a")
        page.keyboard.press("Escape")
        page.locator("#item-title").focus()
        page.keyboard.press("?")
        page.get_by_role("button", name="Turn the keys off").click()
        expect(page.locator("[data-announcer]")).to_have_text("The keys are off.")
        for _ in range(2):
            page.locator("#item-title").focus()
            page.keyboard.press("a")
            expect(page.locator(".item .key").first).to_be_hidden()
            page.reload()
        assert world.decisions_on(contribution) == []
        page.locator("[data-keys-help] summary").click()
        page.get_by_role("button", name="Turn the keys on").click()
        page.locator("#item-title").focus()
        page.keyboard.press("a")
        expect(page.locator(".undo-bar")).to_contain_text("Approved")

    def test_reach_approve_in_a_few_stops_after_the_skip_link(
        self, world: World, moderator: Callable[..., Visitor]
    ) -> None:
        fill(world)
        visitor = moderator()
        page = visitor.page
        visitor.go("/mod/queue?lane=new")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the open item")).to_be_focused()
        page.keyboard.press("Enter")
        for _stop in range(5):  # the item's own links stand before its answers
            page.keyboard.press("Tab")
            if page.locator("button:focus", has_text="Approve").count():
                break
        expect(page.get_by_role("button", name="Approve")).to_be_focused()


class TestTwoModerators:
    def test_see_each_other_and_decide_once(
        self, world: World, moderator: Callable[..., Visitor]
    ) -> None:
        contribution, _ = world.submit("Read by two")
        lee, mo = moderator(world.lee), moderator(world.mo)
        with lee.page.expect_response("**/claim") as claimed:
            lee.go("/mod/queue")
        assert claimed.value.status == 204
        mo.go("/mod/queue")
        expect(mo.page.locator(".item .notice")).to_have_text("Lee is reading this.")
        lee.page.keyboard.press("a")
        expect(lee.page.locator(".undo-bar")).to_contain_text("Approved")
        mo.expect_status(409)
        mo.page.keyboard.press("1")
        expect(mo.page.get_by_role("alert")).to_contain_text("Already approved by Lee")
        assert len(world.decisions_on(contribution)) == 1


class TestWithoutScript:
    def test_every_act_is_a_button(self, world: World, moderator: Callable[..., Visitor]) -> None:
        contribution, _ = world.submit("Only one")
        visitor = moderator(javascript=False)
        page = visitor.page
        visitor.go("/mod/queue")
        expect(page.locator(".item .key").first).to_be_hidden()
        page.get_by_role("button", name="Approve").click()
        expect(page.locator(".undo-bar")).to_contain_text("Approved “Only one”")
        page.get_by_role("button", name="Undo").click()
        expect(page.locator(".undo-bar")).to_contain_text("Taken back")
        visitor.expect_status(422)
        page.get_by_role("button", name="Another reason").click()
        expect(page.locator("#note-error")).to_contain_text("Write the reason in a sentence")
        page.locator("#note").fill("Please say it kindly.")
        page.get_by_role("button", name="Another reason").click()
        expect(page.locator(".undo-bar")).to_contain_text("Rejected “Only one”")
        assert len(world.decisions_on(contribution)) == 3


class TestLook:
    @pytest.mark.parametrize("width", [WIDE, NARROW])
    def test_has_no_accessibility_problem_on_any_page(
        self, world: World, moderator: Callable[..., Visitor], width: int
    ) -> None:
        fill(world)
        visitor = moderator(width=width)
        item = world.item(1).id
        for path in (
            "/mod/queue",
            "/mod/queue?lane=edited",
            "/mod/queue?lane=decided",
            f"/mod/items/{item}",
        ):
            visitor.go(path)
            assert visitor.accessibility_problems() == [], path
            assert visitor.overflow() == 0, path
        visitor.go("/mod/queue")
        visitor.page.locator("[data-keys-help] summary").click()
        assert visitor.accessibility_problems() == []

    def test_gives_the_words_room_wherever_they_stand(
        self, world: World, moderator: Callable[..., Visitor]
    ) -> None:
        contribution, _ = world.submit()
        visitor = moderator()
        for path in ("/mod/queue", f"/mod/items/{world.item(contribution).id}"):
            visitor.go(path)
            box = visitor.page.locator(".item__words").bounding_box()
            assert box is not None
            assert box["width"] > 400, path

    def test_shows_the_item_before_the_list_on_a_phone(
        self, world: World, moderator: Callable[..., Visitor]
    ) -> None:
        fill(world)
        visitor = moderator(width=NARROW)
        visitor.go("/mod/queue")
        tops = visitor.page.evaluate(
            "() => ['.queue__item', '.queue__lanes', '.queue__list']"
            ".map(part => document.querySelector(part).getBoundingClientRect().top)"
        )
        assert tops == sorted(tops)

    def test_fits_320_pixels(self, world: World, moderator: Callable[..., Visitor]) -> None:
        fill(world)
        visitor = moderator(width=320)
        for path in ("/mod/queue", "/mod/queue?lane=decided"):
            visitor.go(path)
            assert visitor.overflow() == 0


class TestTogether:
    def test_boxes_keys_and_one_undo(self, world: World, moderator: Callable[..., Visitor]) -> None:
        ideas = [world.submit(f"Idea {index}")[0] for index in range(4)]
        visitor = moderator()
        page = visitor.page
        visitor.go("/mod/queue")
        page.locator("#item-title").focus()
        page.keyboard.press("x")
        page.locator(".queue__box").nth(2).click(modifiers=["Shift"])
        expect(page.locator("[data-together-count]")).to_have_text(" (3)")
        page.keyboard.press("j")
        expect(page.locator(".queue__box:checked")).to_have_count(3)
        page.keyboard.press("d")
        expect(page.locator("#chosen")).to_have_text("3 items were chosen")
        page.get_by_role("button", name="Approve 3 items").click()
        expect(page.locator(".undo-bar")).to_contain_text("Approved: 3 of 3 items.")
        page.keyboard.press("z")
        expect(page.locator(".undo-bar")).to_contain_text("3 items wait again")
        assert [len(world.decisions_on(idea)) for idea in ideas] == [2, 2, 2, 0]
        assert visitor.accessibility_problems() == []

    def test_another_letter_decides_once_it_is_chosen(
        self, world: World, moderator: Callable[..., Visitor]
    ) -> None:
        contribution, _ = world.submit("Hard", "He hit me and locked me in.")
        visitor = moderator()
        page = visitor.page
        visitor.go("/mod/queue")
        expect(page.locator(".item__hard .item__words")).to_be_hidden()
        page.keyboard.press("v")
        expect(page.locator(".item__hard .item__words")).to_be_visible()
        page.keyboard.press("?")
        page.locator("#key-a").fill("e")
        page.get_by_role("button", name="Keep these keys").click()
        expect(page.locator("[data-announcer]")).to_contain_text("Two acts have the same key")
        page.locator("#key-a").fill("q")
        page.get_by_role("button", name="Keep these keys").click()
        expect(page.locator("[data-announcer]")).to_contain_text("Your keys are kept")
        page.keyboard.press("?")
        page.reload()
        page.locator("#item-title").focus()
        page.keyboard.press("a")
        assert world.decisions_on(contribution) == []
        page.keyboard.press("q")
        expect(page.locator(".undo-bar")).to_contain_text("Approved")
