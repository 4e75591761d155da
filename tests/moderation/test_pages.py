"""The moderators' pages as a browser without a script meets them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from html import unescape
from urllib.parse import unquote

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, func, select
from werkzeug.test import TestResponse

from dialogue.accounts.models import Role
from dialogue.kernel import clock
from dialogue.kernel.db import db, transaction
from dialogue.moderation.models import ModerationDecision, Outcome, QueueItem
from dialogue.moderation.queries import waiting
from dialogue.participation.models import Contribution
from tests.moderation.world import (
    World,
    form_of,
    give,
    make_dialogue,
    make_person,
    waiting_directly,
)


def words(answer: TestResponse) -> str:
    """The page as text: no tags, one space between words."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def press(
    client: FlaskClient, page: TestResponse, action: str, holding: str = "", **fields: str
) -> TestResponse:
    """Send the form of a page that goes to `action`, with its first button."""
    form = form_of(page.text, "", action=action, holding=holding)
    button = {name: value for name, value in form.buttons[:1] if name}
    return client.post(action, data={**form.fields, **button, **fields})


def open_item_of(page: TestResponse) -> int:
    found = re.search(r"/mod/items/(\d+)/decisions", page.text)
    assert found, "no item is open"
    return int(found.group(1))


@contextmanager
def counted(world: World) -> Iterator[list[str]]:
    """The statements that the block sends to the database."""
    seen: list[str] = []
    with world.context():
        engine: Engine = db.engine

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def selects(seen: list[str]) -> list[str]:
    return [one for one in seen if not one.startswith(("PRAGMA", "BEGIN", "SET", "COMMIT"))]


class TestQueuePage:
    def test_leads_from_mod_to_the_queue(self, world: World) -> None:
        answer = world.client(world.lee).get("/mod")
        assert (answer.status_code, answer.location) == (303, "/mod/queue")

    def test_shows_the_number_the_lanes_and_the_first_item(self, world: World) -> None:
        world.submit("Put inspectors in plain clothes", now=clock.now() - timedelta(hours=4))
        world.submit("Radio spots in Mam and K’iche’")
        page = world.client(world.lee).get("/mod/queue")
        assert page.status_code == 200
        assert "<title>2 waiting – Queue" in page.text
        shown = words(page)
        for expected in (
            "2 items waiting",
            "Oldest 4 h 00 min · target 24 h · you handled 0 today",
            "All waiting 2 New 2 Flagged 0 Edited 0 Appeals 0 Disowned 0 Safety 0 Decided 0",
            "Waiting 4 h 00 min",
            "Put inspectors in plain clothes By Ana joined today · 0 published, 0 not published",
            "Personal details None found",
            "No words of present danger found",
            "Publish this idea?",
        ):
            assert expected in shown

    def test_says_when_nothing_waits(self, world: World) -> None:
        page = world.client(world.lee).get("/mod/queue")
        assert page.status_code == 200
        assert "Nothing is waiting here" in words(page)

    def test_marks_what_was_found(self, world: World) -> None:
        world.submit("Call (312) 456-7890", "Or write *dale@farm.example* & ask <b>him</b>")
        page = world.client(world.lee).get("/mod/queue")
        marked = re.findall(
            r'<mark class="found"><span class="visually-hidden">(.*?)</mark>', page.text
        )
        assert marked == ["Phone: </span>(312) 456-7890", "Email: </span>dale@farm.example"]
        assert "1 phone number, 1 email address found" in words(page)
        assert "2 personal details" in words(page)
        assert "<b>him</b>" not in page.text

    def test_shows_what_a_comment_is_about(self, world: World) -> None:
        idea, _ = world.submit("Check recruiters")
        world.decide(idea)
        world.comment(idea, "A good idea.")
        page = world.client(world.lee).get("/mod/queue")
        assert (
            f'<a href="/d/outreach/ideas/{idea}-check-recruiters">{idea} Check recruiters</a>'
            in page.text
        )
        assert "Publish this comment?" in words(page)

    def test_shows_what_the_public_reads_beside_an_edit(self, world: World) -> None:
        contribution, _ = world.submit("First", "The first wording")
        world.decide(contribution)
        world.edit(contribution, "Second", "The second wording")
        shown = words(world.client(world.lee).get("/mod/queue?lane=edited"))
        assert "The second wording" in shown
        assert "The wording that the public reads now First The first wording" in shown

    def test_misses_nothing_while_the_workers_are_down(self, world: World) -> None:
        world.submit("Nobody has screened this", screened=False)
        page = world.client(world.lee).get("/mod/queue")
        assert "Nobody has screened this" in words(page)
        assert "Not checked yet. Read with care." in words(page)

    def test_changes_nothing_by_being_read(self, world: World) -> None:
        contribution, _ = world.submit()
        before = world.item(contribution)
        world.client(world.lee).get(f"/mod/queue?item={before.id}")
        world.client(world.lee).get(f"/mod/items/{before.id}")
        after = world.item(contribution)
        assert (after.version, after.claimed_by_id) == (before.version, None)

    def test_lists_fifty_and_leads_on(self, world: World) -> None:
        waiting_directly(world, 60, items=True)
        client = world.client(world.lee)
        page = client.get("/mod/queue")
        assert page.text.count('class="queue__row ') == waiting.PAGE
        more = re.search(r'<a href="([^"]+)">The next ones', page.text)
        assert more
        rest = client.get(unescape(more.group(1)))
        assert rest.text.count('class="queue__row ') == 10
        assert "Back to the first" in rest.text

    def test_skips_through_everything(self, world: World) -> None:
        waiting_directly(world, 53, items=True)
        client = world.client(world.lee)
        page = client.get("/mod/queue")
        seen = [open_item_of(page)]
        while skip := re.search(r'href="([^"]+)" data-key="j"', page.text):
            page = client.get(unescape(skip.group(1)))
            item = open_item_of(page)
            if item in seen:
                break
            seen.append(item)
        assert len(seen) == 53

    @pytest.mark.sqlite_only
    @pytest.mark.parametrize(
        ("address", "status"),
        [
            ("/mod/queue?lane=nonsense", 200),
            ("/mod/queue?after=nonsense", 200),
            ("/mod/queue?item=999999", 404),
            ("/mod/queue?item=99999999999999999999", 404),
            ("/mod/queue?item=x", 404),
            ("/mod/queue?item=-1", 404),
            ("/mod/items/999999", 404),
            ("/mod/items/99999999999999999999", 404),
            ("/mod/queue?lane=decided", 200),
        ],
    )
    def test_stands_odd_addresses(self, world: World, address: str, status: int) -> None:
        world.submit()
        assert world.client(world.lee).get(address).status_code == status

    def test_takes_eight_statements_whatever_waits(self, world: World) -> None:
        for number in range(3):
            world.submit(f"Idea {number}")
        client = world.client(world.lee)
        world.decide(world.submit("Decided")[0])
        client.get("/mod/queue")
        with counted(world) as few:
            client.get("/mod/queue")
        waiting_directly(world, 1000, items=True)
        with counted(world) as many:
            page = client.get("/mod/queue")
        assert "1,003 items waiting" in words(page)
        assert len(selects(many)) == len(selects(few))
        assert len(selects(many)) <= 8, "\n\n".join(selects(many))


class TestDecideOnThePage:
    def test_approves_and_opens_the_next(self, world: World) -> None:
        first, _ = world.submit("The first", now=clock.now() - timedelta(hours=2))
        second, _ = world.submit("The second")
        client = world.client(world.lee)
        page = client.get("/mod/queue")
        item = open_item_of(page)
        answer = press(client, page, f"/mod/items/{item}/decisions")
        assert answer.status_code == 303
        after = client.get(answer.location)
        assert after.status_code == 200
        assert "Approved “ The first ”. The next item is open. Undo" in words(after)
        assert open_item_of(after) == world.item(second).id
        assert world.item(second).claimed_by_id == world.lee
        with world.context():
            assert db.session.get_one(Contribution, first).listed

    def test_says_so_when_it_was_the_last(self, world: World) -> None:
        world.submit("The only one")
        client = world.client(world.lee)
        page = client.get("/mod/queue")
        answer = press(client, page, f"/mod/items/{open_item_of(page)}/decisions")
        assert "Nothing else is waiting here. Undo" in words(client.get(answer.location))

    def test_rejects_with_one_button(self, world: World) -> None:
        contribution, _ = world.submit()
        client = world.client(world.lee)
        page = client.get("/mod/queue")
        action = f"/mod/items/{open_item_of(page)}/decisions"
        answer = press(client, page, action, holding="note", reason="spam")
        assert answer.status_code == 303
        (decision,) = world.decisions_on(contribution)
        assert (decision.outcome, decision.reason_code) == ("rejected", "spam")

    @pytest.mark.sqlite_only
    @pytest.mark.parametrize(
        "fields",
        [
            {"outcome": "reject", "reason": ""},
            {"outcome": "reject", "reason": "gone"},
            {"outcome": "reject", "reason": "other", "note": " "},
            {"outcome": "reject", "reason": "spam", "note": "y" * 501},
            {"outcome": "explode"},
            {"outcome": ""},
            {"version": "x"},
            {"version": "0"},
            {"version": "9" * 30},
        ],
    )
    def test_keeps_what_was_typed_when_it_is_refused(
        self, world: World, fields: dict[str, str]
    ) -> None:
        contribution, _ = world.submit()
        client = world.client(world.lee)
        page = client.get("/mod/queue")
        action = f"/mod/items/{open_item_of(page)}/decisions"
        answer = press(client, page, action, holding="note", **{"note": "Kept words", **fields})
        assert answer.status_code == 422
        assert "<title>Error:" in answer.text
        assert fields.get("note", "Kept words").strip() in answer.text
        assert world.decisions_on(contribution) == []

    def test_tells_the_second_moderator(self, world: World) -> None:
        contribution, _ = world.submit("Both read this")
        world.submit("The next one")
        mo = world.client(world.mo)
        page = mo.get(f"/mod/queue?item={world.item(contribution).id}")
        world.decide(contribution, by=world.lee, now=clock.now() - timedelta(seconds=10))
        answer = press(mo, page, f"/mod/items/{world.item(contribution).id}/decisions")
        assert answer.status_code == 409
        assert "Already approved by Lee 10 s ago." in words(answer)
        assert "The next one" in words(answer)

    def test_takes_a_second_click_as_the_first(self, world: World) -> None:
        contribution, _ = world.submit()
        client = world.client(world.lee)
        page = client.get("/mod/queue")
        action = f"/mod/items/{open_item_of(page)}/decisions"
        assert [press(client, page, action).status_code for _ in range(5)] == [303] * 5
        assert len(world.decisions_on(contribution)) == 1

    def test_shows_the_new_wording_when_the_author_was_quicker(self, world: World) -> None:
        contribution, _ = world.submit("Old wording")
        client = world.client(world.lee)
        page = client.get("/mod/queue")
        world.edit(contribution, "New wording", "Words", screened=False)
        answer = press(client, page, f"/mod/items/{open_item_of(page)}/decisions")
        assert answer.status_code == 409
        assert "This changed while you were reading" in words(answer)
        assert "New wording" in words(answer)
        assert world.decisions_on(contribution) == []

    def test_offers_no_answer_for_ones_own_words(self, world: World) -> None:
        world.submit(author=world.lee)
        client = world.client(world.lee)
        page = client.get("/mod/queue")
        assert "You wrote this yourself" in words(page)
        assert "/decisions" not in page.text

    def test_leads_back_to_the_item_after_signing_in_again(self, world: World) -> None:
        contribution, _ = world.submit()
        item = world.item(contribution).id
        stranger = world.app.test_client()
        sent = stranger.post(f"/mod/items/{item}/decisions", data={"outcome": "approve"})
        assert unquote(sent.location) == f"/account/sign-in?next=/mod/items/{item}/decisions"
        back = world.client(world.lee).get(f"/mod/items/{item}/decisions")
        assert back.location == f"/mod/items/{item}"
        assert world.decisions_on(contribution) == []

    def test_needs_a_token(self, world: World) -> None:
        contribution, _ = world.submit()
        item = world.item(contribution)
        answer = world.client(world.lee).post(
            f"/mod/items/{item.id}/decisions", data={"outcome": "approve", "version": item.version}
        )
        assert answer.status_code in (400, 403)
        assert world.decisions_on(contribution) == []


class TestUndoOnThePage:
    def test_opens_the_item_again(self, world: World) -> None:
        contribution, _ = world.submit("Too quick")
        client = world.client(world.lee)
        page = client.get("/mod/queue")
        answer = press(client, page, f"/mod/items/{open_item_of(page)}/decisions")
        after = client.get(answer.location)
        decision = world.decisions_on(contribution)[0].id
        undone = press(client, after, f"/mod/decisions/{decision}/undo")
        assert undone.status_code == 303
        again = client.get(undone.location)
        assert "Taken back. The item waits again" in words(again)
        assert open_item_of(again) == world.item(contribution).id

    def test_is_offered_for_ten_minutes(self, world: World) -> None:
        for minutes, offered in ((9, True), (11, False)):
            contribution, _ = world.submit(f"{minutes} minutes ago")
            world.decide(contribution, now=clock.now() - timedelta(minutes=minutes))
            page = world.client(world.lee).get(f"/mod/items/{world.item(contribution).id}")
            assert ("/undo" in page.text) is offered

    def test_says_when_it_comes_too_late(self, world: World) -> None:
        contribution, _ = world.submit()
        client = world.client(world.lee)
        decision = world.decide(contribution, now=clock.now() - timedelta(minutes=9))
        page = client.get("/mod/queue?lane=decided")
        with world.context(), transaction():
            made = db.session.get_one(ModerationDecision, decision)
            made.at -= timedelta(minutes=2)
        answer = press(client, page, f"/mod/decisions/{decision}/undo")
        assert answer.status_code == 409
        assert "can be taken back for 10 minutes" in words(answer)


class TestDecidedLane:
    def test_lists_who_decided_what_and_why(self, world: World) -> None:
        one, _ = world.submit("Best crypto payroll offer")
        two, _ = world.submit("A good one")
        world.decide(one, Outcome.REJECTED, reason="spam")
        world.undo(world.decide(two, by=world.mo))
        shown = words(world.client(world.lee).get("/mod/queue?lane=decided"))
        assert "Best crypto payroll offer Rejected by Lee: Advertising or spam" in shown
        assert "A good one Approved by Mo" in shown
        assert "Taken back" in shown

    def test_shows_a_decided_item_with_its_history(self, world: World) -> None:
        contribution, _ = world.submit("A good one")
        world.decide(contribution)
        page = world.client(world.lee).get(f"/mod/items/{world.item(contribution).id}")
        assert "Approved by Lee" in words(page)
        assert "/decisions" not in page.text.replace("/mod/decisions/", "")


class TestScope:
    @pytest.fixture
    def others(self, world: World) -> dict[str, int]:
        """Moderators with other grants, and a second dialogue of another agency with an item."""
        now = clock.now()
        people = {}
        with world.context(), transaction():
            other = make_dialogue("wages", now)
            agency = other.agency_id
            for name in ("elsewhere", "agency", "site", "past", "officer"):
                people[name] = make_person(name, now).id
            give(people["elsewhere"], Role.MODERATOR, dialogue_id=other.id, now=now)
            give(people["agency"], Role.MODERATOR, agency_id=agency, now=now)
            give(people["site"], Role.MODERATOR, now=now)
            give(people["officer"], Role.OFFICER, now=now)
            give(people["past"], Role.MODERATOR, now=now + timedelta(days=1))
            people["dialogue"], people["topic"] = other.id, other.topics[0].id
        return people

    @pytest.mark.parametrize(
        ("who", "sees_outreach", "sees_wages"),
        [
            ("lee", True, False),
            ("elsewhere", False, True),
            ("agency", False, True),
            ("site", True, True),
        ],
    )
    def test_shows_each_moderator_their_dialogues_only(
        self, world: World, others: dict[str, int], who: str, sees_outreach: bool, sees_wages: bool
    ) -> None:
        outreach, _ = world.submit("An idea of outreach")
        there = World(
            **{**world.__dict__, "dialogue": others["dialogue"], "topic": others["topic"]}
        )
        wages, _ = there.submit("An idea about wages")
        user = world.lee if who == "lee" else others[who]
        client = world.client(user)
        shown = words(client.get("/mod/queue"))
        assert ("An idea of outreach" in shown) is sees_outreach
        assert ("An idea about wages" in shown) is sees_wages
        for contribution, sees in ((outreach, sees_outreach), (wages, sees_wages)):
            item = world.item(contribution).id
            expected = 200 if sees else 404
            assert client.get(f"/mod/items/{item}").status_code == expected
            assert client.get(f"/mod/queue?item={item}").status_code == expected

    def test_lets_nobody_act_on_other_dialogues(self, world: World, others: dict[str, int]) -> None:
        contribution, _ = world.submit()
        decided, _ = world.submit("Decided")
        decision = world.decide(decided)
        item = world.item(contribution)
        there = World(
            **{**world.__dict__, "dialogue": others["dialogue"], "topic": others["topic"]}
        )
        there.submit("Theirs")
        client = world.client(others["elsewhere"])
        page = client.get("/mod/queue")
        form = form_of(page.text, "", action="", holding="version")
        sent = {**form.fields, "version": str(item.version)}
        for address in (
            f"/mod/items/{item.id}/decisions",
            f"/mod/items/{item.id}/claim",
            f"/mod/decisions/{decision}/undo",
        ):
            assert client.post(address, data=sent).status_code == 404
        assert world.decisions_on(contribution) == []
        assert len(world.decisions_on(decided)) == 1

    @pytest.mark.parametrize("who", ["past", "officer", "ana"])
    def test_is_closed_to_everybody_else(
        self, world: World, others: dict[str, int], who: str
    ) -> None:
        contribution, _ = world.submit()
        client = world.client(others.get(who, world.ana))
        for address in ("/mod", "/mod/queue", f"/mod/items/{world.item(contribution).id}"):
            assert client.get(address).status_code == 404

    def test_sends_strangers_to_sign_in(self, world: World) -> None:
        answer = world.app.test_client().get("/mod/queue?lane=new")
        assert answer.status_code == 303
        assert unquote(answer.location).startswith("/account/sign-in?next=/mod/queue")


class TestClaimOnThePage:
    def test_shows_the_others_who_reads(self, world: World) -> None:
        world.submit("Read by Lee")
        lee, mo = world.client(world.lee), world.client(world.mo)
        page = lee.get("/mod/queue")
        item = open_item_of(page)
        token = form_of(page.text, "", action=f"/mod/items/{item}/decisions").fields
        claimed = lee.post(f"/mod/items/{item}/claim", data={"csrf_token": token["csrf_token"]})
        assert claimed.status_code == 204
        assert "Lee is reading this" in words(mo.get("/mod/queue"))
        assert "Lee is reading this" not in words(lee.get("/mod/queue"))


def test_every_item_belongs_to_its_contributions_dialogue(world: World) -> None:
    world.submit()
    waiting_directly(world, 3, items=True)
    with world.context():
        strays = db.session.scalar(
            select(func.count())
            .select_from(QueueItem)
            .join(Contribution, Contribution.id == QueueItem.contribution_id)
            .where(Contribution.dialogue_id != QueueItem.dialogue_id)
        )
    assert strays == 0
