"""The pages on which moderators hide words, merge, split and decide in place."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from dialogue.accounts.models import Grant
from dialogue.dialogues.models import DialogueTopic
from dialogue.kernel import clock
from dialogue.kernel.audit import Act, AuditEntry
from dialogue.kernel.db import db
from dialogue.kernel.errors import Forbidden
from dialogue.moderation.models import ModerationDecision, Outcome
from dialogue.participation.queries import families
from dialogue.participation.redaction import HiddenKind
from tests.cast import SLUG, Cast, assemble
from tests.pages import Browser
from tests.participation import recount
from tests.parts.person import Form, forms

pytestmark = pytest.mark.sqlite_only
PHONE = "(202) 555-0177"


@pytest.fixture
def cast(app: Flask) -> Cast:
    return assemble(app)


@pytest.fixture
def lee(cast: Cast) -> Browser:
    return Browser(cast.app, "lee")


def page(contribution_id: int, name: str = "") -> str:
    return f"/mod/contributions/{contribution_id}{name}"


def act(someone: Browser, contribution_id: int, verb: str) -> Form:
    """The form of one act on the page."""
    shown = someone.get(page(contribution_id)).get_data(as_text=True)
    return next(f for f in forms(shown, page(contribution_id)) if f.fields.get("outcome") == verb)


def undo(someone: Browser, contribution_id: int) -> Form:
    """The form that takes the last decision back: there is one, of the newest that stands."""
    shown = someone.get(page(contribution_id)).get_data(as_text=True)
    (found,) = [f for f in forms(shown, page(contribution_id)) if "/undo/" in f.action]
    return found


def outcomes(cast: Cast, contribution_id: int) -> list[str]:
    query = select(ModerationDecision.outcome).where(
        ModerationDecision.contribution_id == contribution_id
    )
    return cast.read(lambda: list(db.session.scalars(query.order_by(ModerationDecision.id))))


class TestInPlace:
    def test_hides_restores_and_takes_back(self, cast: Cast, lee: Browser) -> None:
        form = act(lee, cast.idea, "hide")
        refused = lee.send(form, status=422)
        assert "Choose the reason" in refused.get_data(as_text=True)
        answer = lee.follow(lee.send(form, reason="crime_claim", note="Named a person."))
        assert "<strong>Hidden.</strong>" in answer.get_data(as_text=True)
        assert cast.contribution(cast.idea).state == "hidden"
        lee.send(act(lee, cast.idea, "restore"))
        assert cast.contribution(cast.idea).listed
        lee.send(undo(lee, cast.idea))
        assert cast.contribution(cast.idea).state == "hidden"
        assert outcomes(cast, cast.idea) == ["approved", "hidden", "restored", "undone"]
        assert cast.read(recount.problems) == []

    @pytest.mark.parametrize(
        ("verb", "column"), [("close_comments", "comments_closed_at"), ("lock", "locked_at")]
    )
    def test_closes_and_opens(self, cast: Cast, lee: Browser, verb: str, column: str) -> None:
        back = {"close_comments": "open_comments", "lock": "unlock"}[verb]
        lee.send(act(lee, cast.idea, verb))
        assert getattr(cast.contribution(cast.idea), column) is not None
        lee.send(act(lee, cast.idea, back))
        assert getattr(cast.contribution(cast.idea), column) is None

    def test_moves_to_a_topic_of_the_dialogue_alone(self, cast: Cast, lee: Browser) -> None:
        def topics(dialogue_id: int) -> list[int]:
            found = select(DialogueTopic.id).where(DialogueTopic.dialogue_id == dialogue_id)
            return cast.read(lambda: list(db.session.scalars(found)))

        other = next(t for t in topics(cast.dialogue) if t != cast.topic)
        form = act(lee, cast.idea, "move")
        lee.send(form, topic=str(topics(cast.other)[0]), status=422)
        lee.send(form, topic=str(other))
        assert cast.contribution(cast.idea).topic_id == other
        assert cast.read(recount.problems) == []
        lee.send(undo(lee, cast.idea))
        assert cast.contribution(cast.idea).topic_id == cast.topic

    def test_tells_the_second_who_was_first(self, cast: Cast, lee: Browser) -> None:
        with cast.writing():
            db.session.add(
                Grant(
                    user_id=cast.people["mo"],
                    role="moderator",
                    dialogue_id=cast.dialogue,
                    from_at=clock.now(),
                )
            )
        mo = Browser(cast.app, "mo")
        first = act(lee, cast.idea, "off_topic")
        second = act(mo, cast.idea, "bin")
        lee.send(first)
        told = mo.send(second, reason="crime_claim", status=409).get_data(as_text=True)
        assert "Lee decided about this already" in told
        assert "Set aside as off topic" in told
        again = lee.send(first)  # a second click leads to the first one's result
        assert again.status_code == 303
        assert outcomes(cast, cast.idea) == ["approved", "off_topic"]

    def test_is_not_for_others(self, cast: Cast) -> None:
        for name in ("ana", "mo", "oz"):
            someone = Browser(cast.app, name)
            for path in ("", "/redact", "/merge", "/split", "/original"):
                someone.get(page(cast.idea, path), 404)

    def test_says_that_ones_own_words_are_for_another(self, cast: Cast, lee: Browser) -> None:
        own = cast.post_comment("I moderate here, and I say", by="lee")
        with pytest.raises(Forbidden, match="yourself"):
            cast.approve(own)
        lee.get("/mod/queue")
        assert "Another moderator" in lee.get(page(own, "/redact")).get_data(as_text=True)


class TestHidingWords:
    @pytest.fixture
    def waiting(self, cast: Cast) -> int:
        return cast.post_comment(f"Call Dale Whitcombe at {PHONE} or *write*.")

    def test_hides_what_was_found_and_named(self, cast: Cast, lee: Browser, waiting: int) -> None:
        lee.get("/mod/queue")
        shown = lee.get(page(waiting, "/redact")).get_data(as_text=True)
        assert f"<q>{PHONE}</q>" in shown
        form = lee.form(page(waiting, "/redact"), holding="words")
        seen = lee.send(form, button=("step", "preview"), status=200, words="Dale Whitcombe")
        assert "[name removed by a moderator]" in seen.get_data(as_text=True)
        assert cast.contribution(waiting).state == "pending"
        answer = lee.send(form, button=("step", "hide"), words="Dale Whitcombe")
        assert answer.headers["Location"].startswith("/mod/queue?done=")
        comment = cast.contribution(waiting)
        assert comment.excerpt == (
            "Call [name removed by a moderator] at [phone number removed by a moderator] or write."
        )

    def test_marks_what_was_found_in_title_and_words(self, cast: Cast, lee: Browser) -> None:
        idea = cast.post_idea(f"Ring {PHONE}", body=f"Or ask for Dale at {PHONE}.")
        lee.get("/mod/queue")
        shown = lee.get(page(idea, "/redact")).get_data(as_text=True)
        assert (
            len(re.findall(rf"<mark[^>]*>(?:<[^>]*>[^<]*</[^>]*>)?[^<]*{re.escape(PHONE)}", shown))
            == 2
        )

    def test_keeps_what_is_to_stay_and_asks_for_something(
        self, cast: Cast, lee: Browser, waiting: int
    ) -> None:
        lee.get("/mod/queue")
        form = lee.form(page(waiting, "/redact"), holding="words")
        kept = {"detail-1": "", "words": "nowhere to be seen"}
        again = lee.send(form, button=("step", "hide"), status=422, **kept)
        assert "nowhere to be seen" in again.get_data(as_text=True)
        assert cast.contribution(waiting).state == "pending"

    def test_needs_one_click_from_the_queue(self, cast: Cast, lee: Browser, waiting: int) -> None:
        opened = lee.get("/mod/queue").get_data(as_text=True)
        item = re.search(r"/mod/items/(\d+)/decisions", opened)
        assert item is not None
        lee.get(f"/mod/items/{item[1]}/redact", 303)

    def test_shows_the_original_to_few_and_records_it(
        self, cast: Cast, lee: Browser, waiting: int
    ) -> None:
        lee.get("/mod/queue")
        lee.send(lee.form(page(waiting, "/redact"), holding="words"), button=("step", "hide"))
        lee.get(page(waiting, "/original"), 404)
        ada = Browser(cast.app, "ada")
        assert PHONE not in ada.get(page(waiting, "/original")).get_data(as_text=True)
        looked = ada.send(ada.form(page(waiting, "/original")), status=200)
        assert PHONE in looked.get_data(as_text=True)
        assert looked.headers["Cache-Control"] == "no-store"
        looks = select(AuditEntry).where(AuditEntry.act == Act.SEALED_TEXT_READ)
        assert len(cast.read(lambda: db.session.scalars(looks).all())) == 1
        cast.change(safety_lead_id=cast.people["lee"])
        assert lee.get(page(waiting, "/original")).status_code == 200

    def test_shows_the_original_to_no_lead_whose_role_here_has_ended(
        self, cast: Cast, waiting: int
    ) -> None:
        hide = (("Whitcombe", HiddenKind.NAME),)
        cast.decide_waiting(Outcome.REDACTED, waiting, words=hide, by="ada")
        cast.change(safety_lead_id=cast.people["mo"])  # who moderates another dialogue only
        mo = Browser(cast.app, "mo")
        mo.get(page(waiting, "/original"), 404)
        form = mo.form(f"/d/{SLUG}/ideas/new", holding="title")
        mo.post(page(waiting, "/original"), {"csrf_token": form.fields["csrf_token"]}, 404)


class TestMergingAndSplitting:
    @pytest.fixture
    def second(self, cast: Cast) -> int:
        idea = cast.post_idea("Check recruiters before workers pay", BODY_TWO, by="ben")
        cast.approve(idea)
        return idea

    def test_merges_side_by_side(self, cast: Cast, lee: Browser, second: int) -> None:
        found = lee.get(page(second, "/merge?q=visa")).get_data(as_text=True)
        assert f"?into={cast.idea}" in found
        both = lee.get(page(second, f"/merge?into={cast.idea}")).get_data(as_text=True)
        said = " ".join(re.sub("<[^>]+>", "", both).split())
        assert "Adds 1 vote, moves 0 comments, tells both authors." in said
        form = lee.form(page(second, f"/merge?into={cast.idea}"), holding="into")
        lee.send(form, into=str(second), status=409)
        lee.send(form, into="999999", status=422)
        done = lee.follow(lee.send(form))
        assert "Merged" in done.get_data(as_text=True)
        assert cast.contribution(second).merged_into_id == cast.idea
        lee.send(act(lee, second, "unmerge"))
        assert cast.contribution(second).listed

    def test_splits_with_the_authors_words_alone(
        self, cast: Cast, lee: Browser, second: int
    ) -> None:
        form = lee.form(page(second, "/split"), holding="part-1-title")
        made_up = {"part-1-title": "Print a list", "part-2-title": "I never wrote that"}
        refused = lee.send(form, status=422, **made_up).get_data(as_text=True)
        assert "not the author" in refused
        parts = {"part-1-title": "Print a list.", "part-2-title": "Then send inspectors"}
        rest = {f"part-{n}-{field}": "" for n in (3, 4) for field in ("title", "body")}
        lee.send(form, **parts, **rest, **{"part-1-body": "", "part-2-body": ""})
        ids = cast.read(lambda: [one.id for one in families.parts_of(second)])
        assert [cast.contribution(one).title for one in ids] == list(parts.values())
        original = cast.contribution(second)
        assert original.listed
        assert original.locked_at is not None
        assert cast.read(recount.problems) == []
        lee.send(undo(lee, second))
        assert [cast.contribution(one).state for one in ids] == ["binned", "binned"]
        assert cast.contribution(second).locked_at is None
        assert cast.read(recount.problems) == []
        assert outcomes(cast, second)[-2:] == [Outcome.SPLIT, Outcome.UNDONE]


BODY_TWO = "Print a list.\n\nThen send inspectors to the camps."
