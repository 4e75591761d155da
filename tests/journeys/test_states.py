"""Pages in every state: announced, closing, closed, archived, empty, refused, gone, too much.

`axe_states`: each is looked at as every page is (tests/journeys/looks.py).
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from dialogue.dialogues.commands import editing
from dialogue.dialogues.schemas import Form, dialogue_input
from dialogue.kernel import clock
from dialogue.kernel.db import transaction
from tests.journeys.conftest import Arrive
from tests.journeys.looks import faults_of
from tests.journeys.world import HOME, World
from tests.parts.chromium import Visitor
from tests.parts.person import Person

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pages")]

# Days from today: announced, opened, closes.
STATES = {
    "announced": (-3, 5, 30),
    "open": (-9, -3, 30),
    "closing": (-9, -3, 0),
    "closed": (-30, -20, -2),
    "archived": (-90, -80, -40),
}


@pytest.fixture(scope="module")
def dialogues(world: World) -> dict[str, str]:
    """The address of an empty dialogue in each state."""
    return {state: make_dialogue(world, state, *days) for state, days in STATES.items()}


def make_dialogue(world: World, state: str, announce: int, opens: int, closes: int) -> str:
    now = clock.now()
    form = Form(
        question="Which bus stops need a roof?",
        short_name=f"Bus stops ({state})",
        slug=f"bus-stops-{state}",
        lede="Tell us where you get wet.",
        announce_on=str((now + timedelta(days=announce)).date()),
        open_on=str((now + timedelta(days=opens)).date()),
        close_on=str((now + timedelta(days=closes)).date()),
        close_time="23:59",
        report_by=str((now + timedelta(days=closes + 20)).date()),
        topics=[("", "Roofs"), ("", "Benches")],
    )
    with world.app.test_request_context(), transaction():
        dialogue = editing.create_dialogue(checked=dialogue_input(form), actor_id=None, now=now)
        if state == "archived":
            dialogue.archived_at = now - timedelta(days=10)
        return f"/d/{dialogue.slug}"


class TestADialogue:
    @pytest.mark.parametrize(
        ("state", "status", "button"),
        [
            ("announced", "Announced · opens ", False),
            ("open", "Open · closes ", True),
            ("closing", "Open · closes in ", True),
            ("closed", "Closed · we are reading, report by ", False),
            ("archived", "Archived", False),
        ],
    )
    def test_axe_states(
        self, dialogues: dict[str, str], arrive: Arrive, state: str, status: str, button: bool
    ) -> None:
        visitor = arrive()
        page = visitor.page
        visitor.go(dialogues[state])
        expect(page.locator(".status")).to_contain_text(status)
        expect(page.get_by_text("No ideas yet.")).to_be_visible()
        expect(page.get_by_role("link", name="Share an idea")).to_have_count(2 if button else 0)
        faults = faults_of(visitor, state)
        visitor.go(f"{dialogues[state]}/reports/")
        faults += faults_of(visitor, f"reports of {state}")
        if not button:
            visitor.expect_status(409)
            answer = visitor.go(f"{dialogues[state]}/ideas/new")
            assert answer is not None
            assert answer.status == 409
            faults += faults_of(visitor, f"new idea in {state}")
        assert not faults, "\n".join(faults)

    def test_is_a_draft_that_nobody_sees(self, world: World, arrive: Arrive) -> None:
        path = make_dialogue(world, "draft", 3, 5, 30)
        visitor = arrive()
        visitor.expect_status(404)
        answer = visitor.go(path)
        assert answer is not None
        assert answer.status == 404


class TestARefusal:
    """Every refusal is a page of ours: what happened, what to do, with the help strip on it."""

    def test_axe_states_of_errors(self, world: World, arrive: Arrive) -> None:
        idea = world.ideas()[0]
        vote = f"{HOME}/ideas/{idea.id}/vote"
        visitor = arrive("participant")
        faults = self.seen(visitor, 404, "/nothing-here")
        faults += self.seen(visitor, 405, vote.replace("vote", "comments"))
        faults += self.seen(visitor, 400, "/leaving?to=nowhere")
        faults += self.sent(visitor, 403, vote, choice="agree")  # without the page's token
        faults += self.sent(visitor, 413, f"{HOME}/ideas/new", body="x" * 300_000)
        signed_out = arrive()
        faults += self.sent(signed_out, 422, vote, choice="perhaps")
        assert not faults, "\n".join(faults)

    def test_axe_states_of_what_is_gone(self, world: World, arrive: Arrive) -> None:
        author = world.new_account()
        number = world.post_idea(author, world.new_title("Taken back"))
        with world.person(author) as person:
            form = person.form(f"{HOME}/ideas/{number}/withdraw", holding="form_key")
            assert person.send(form).status_code == 303
        visitor = arrive(author)
        faults = self.seen(visitor, 410, f"{HOME}/ideas/{number}")
        assert not faults, "\n".join(faults)

    def test_axe_states_of_too_many_tries(self, world: World, arrive: Arrive) -> None:
        email = world.new_account()
        with Person(world.url) as guesser:
            for _ in range(10):
                form = guesser.form("/account/sign-in", holding="password")
                answer = guesser.send(form, email=email, password="guessed wrongly again")
                assert answer.status_code == 422
        visitor = arrive()
        page = visitor.page
        visitor.expect_status(429)
        visitor.go("/account/sign-in")
        page.get_by_label("Email address").fill(email)
        page.get_by_label("Password").fill("guessed wrongly again")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text("Error 429")).to_be_visible()
        faults = faults_of(visitor, "429")
        assert not faults, "\n".join(faults)

    def seen(self, visitor: Visitor, status: int, path: str) -> list[str]:
        visitor.expect_status(status)
        answer = visitor.go(path)
        assert answer is not None
        assert answer.status == status, path
        return self.judged(visitor, status)

    def sent(self, visitor: Visitor, status: int, path: str, **fields: str) -> list[str]:
        """Sends a form that no page of ours offers."""
        visitor.expect_status(status)
        visitor.go("/help")
        with visitor.page.expect_response(lambda answer: answer.request.method == "POST") as sent:
            visitor.page.evaluate(
                """([path, fields]) => {
                    const form = document.createElement("form");
                    form.method = "post";
                    form.action = path;
                    for (const [name, value] of Object.entries(fields)) {
                        const field = document.createElement("input");
                        field.type = "hidden";
                        field.name = name;
                        field.value = value;
                        form.append(field);
                    }
                    document.body.append(form);
                    form.submit();
                }""",
                [path, fields],
            )
        assert sent.value.status == status, path
        visitor.page.wait_for_load_state()
        return self.judged(visitor, status)

    def judged(self, visitor: Visitor, status: int) -> list[str]:
        page = visitor.page
        expect(page.get_by_text(f"Error {status}")).to_be_visible()
        expect(page.locator(".strip")).to_be_visible()
        assert page.title().startswith("Error: ")
        return faults_of(visitor, str(status))
