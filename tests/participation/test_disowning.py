"""I did not write this: without an account, telling nobody anything, frozen by a button alone."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from dialogue.accounts.models import AccountSession
from dialogue.kernel import audit, clock
from dialogue.kernel.db import db
from dialogue.kernel.errors import Conflict
from dialogue.kernel.mail import MailMessage
from dialogue.kernel.outbox import OutboxEvent
from dialogue.participation.commands import disowning, merging
from dialogue.participation.models import Disown, DisownOutcome
from tests.cast import SLUG, Cast, address
from tests.pages import Browser, newest_mail
from tests.participation.recount import problems

pytestmark = pytest.mark.sqlite_only


def ask(cast: Cast, number: str, email: str, status: int = 303) -> str:
    visitor = Browser(cast.app)
    answer = visitor.send(
        visitor.form("/disown", holding="number"), status, number=number, email=email
    )
    return visitor.follow(answer).text if status == 303 else answer.text


def link_to(cast: Cast, email: str) -> str:
    found = re.search(r"https?://\S+(/disown/\S+)", newest_mail(cast.app, email).text)
    assert found, "no link in the mail"
    return found[1]


def disowned(cast: Cast, item: int, name: str = "ana") -> str:
    ask(cast, cast.contribution(item).tracking, address(name))
    path = link_to(cast, address(name))
    visitor = Browser(cast.app)
    visitor.send(visitor.form(path, action=path))
    return path


def rows(cast: Cast) -> list[Disown]:
    return cast.read(lambda: list(db.session.scalars(select(Disown))))


def events(cast: Cast) -> int:
    counted = select(func.count()).where(OutboxEvent.name == "ContributionDisowned")
    return cast.read(lambda: db.session.scalar(counted) or 0)


class TestAsking:
    def test_says_the_same_whatever_is_known(self, cast: Cast) -> None:
        tracking = cast.contribution(cast.idea).tracking
        answers = {
            ask(cast, number, email)
            for number, email in (
                (tracking, address("ana")),
                (tracking, address("ben")),
                (tracking, "nobody@elsewhere.example"),
                ("2222-2222-2222", address("ana")),
                (f"http://localhost/d/{SLUG}/ideas/{cast.idea}", "nobody@elsewhere.example"),
            )
        }
        assert len(answers) == 1
        assert [row.contribution_id for row in rows(cast)] == [cast.idea]
        assert "/disown/" in cast.read(
            lambda: (
                db.session.scalars(
                    select(MailMessage.text)
                    .where(MailMessage.to == address("ana"))
                    .order_by(MailMessage.id)
                ).first()
                or ""
            )
        )
        assert "We found nothing" in newest_mail(cast.app, address("ben")).text
        assert cast.contribution(cast.idea).listed

    @pytest.mark.parametrize(
        "typed",
        [
            "{tracking}",
            " {lower} ",
            "{bare}",
            "https://dialogues.example/d/outreach/ideas/{idea}-check-recruiters?x=1",
            "/d/outreach/ideas/{idea}",
        ],
    )
    def test_takes_the_number_or_the_link_however_it_was_copied(
        self, cast: Cast, typed: str
    ) -> None:
        tracking = cast.contribution(cast.idea).tracking
        number = typed.format(
            tracking=tracking,
            lower=tracking.lower(),
            bare=tracking.replace("-", ""),
            idea=cast.idea,
        )
        ask(cast, number, "  ANA@people.example ")
        assert [row.contribution_id for row in rows(cast)] == [cast.idea]

    def test_takes_the_link_of_a_comment(self, cast: Cast) -> None:
        for link in (f"/c/{cast.comment}", f"/d/x/ideas/{cast.idea}-x#comment-{cast.comment}"):
            ask(cast, link, address("ben"))
        assert [row.contribution_id for row in rows(cast)] == [cast.comment] * 2

    @pytest.mark.parametrize(
        ("number", "email"),
        [
            ("", ""),
            ("x", "ana@people.example"),
            ("K7QX", "ana@people.example"),
            ("/d/outreach", "ana@people.example"),
            ("/d/x/ideas/99999999999999", "ana@people.example"),
            ("2222-2222-2222", "not an address"),
            ("2222-2222-2222", "a@b.example\nBcc: c@d.example"),
            ("A" * 10_000, "a" * 10_000),
        ],
    )
    def test_with_a_mistake_comes_back_with_everything_typed(
        self, cast: Cast, number: str, email: str
    ) -> None:
        page = ask(cast, number, email, 422)
        assert "Error:" in page
        if number:
            assert number[:20] in page
        assert rows(cast) == []

    def test_is_limited(self, cast: Cast) -> None:
        cast.app.config["DISOWNS_PER_DAY"] = 2
        tracking = cast.contribution(cast.idea).tracking
        for email in (address("ana"), "nobody@elsewhere.example"):
            for _time in range(2):
                ask(cast, tracking, email)
            visitor = Browser(cast.app)
            form = visitor.form("/disown", holding="number")
            answer = visitor.send(form, 429, number=tracking, email=email)
            assert int(answer.headers["Retry-After"]) > 0


class TestTheLink:
    def test_changes_nothing_by_itself(self, cast: Cast) -> None:
        ask(cast, cast.contribution(cast.idea).tracking, address("ana"))
        visitor = Browser(cast.app)
        for _time in range(3):
            visitor.get(link_to(cast, address("ana")))
        assert cast.contribution(cast.idea).listed
        assert events(cast) == 0

    def test_freezes_with_its_button_once(self, cast: Cast) -> None:
        path = disowned(cast, cast.idea)
        visitor = Browser(cast.app)
        visitor.post(path, {})
        held = cast.contribution(cast.idea)
        assert (held.listed, held.state, held.title) == (False, "hidden", "")
        assert events(cast) == 1
        with pytest.raises(Conflict):
            cast.edit(cast.idea, "Another title", "Words")
        assert cast.read(problems) == []
        assert cast.read(audit.verify) == []
        shown = visitor.get(path).text
        assert "It is out of sight" in shown
        with cast.writing():
            found = disowning.settle(
                contribution_id=cast.idea, outcome=DisownOutcome.KEPT, now=clock.now()
            )
        assert cast.contribution(cast.idea).listed
        assert cast.read(problems) == []
        with cast.writing():
            disowning.reopen(disown_id=found or 0, now=clock.now())
        assert cast.contribution(cast.idea).state == "hidden"
        with cast.writing():
            disowning.settle(
                contribution_id=cast.idea, outcome=DisownOutcome.REMOVED, now=clock.now()
            )
        assert not cast.contribution(cast.idea).listed
        assert "A moderator has looked at this." in visitor.get(path).text

    def test_freezes_what_waits_and_lets_it_wait_again(self, cast: Cast) -> None:
        disowned(cast, cast.waiting)
        assert cast.contribution(cast.waiting).state == "hidden"
        with pytest.raises(Conflict):
            cast.edit(cast.waiting, "Another title", "Words")
        with cast.writing():
            disowning.settle(
                contribution_id=cast.waiting, outcome=DisownOutcome.KEPT, now=clock.now()
            )
        assert cast.contribution(cast.waiting).state == "pending"
        assert cast.read(problems) == []
        cast.approve(cast.waiting)
        assert cast.contribution(cast.waiting).listed

    def test_takes_an_idea_out_of_the_one_it_was_merged_into(self, cast: Cast) -> None:
        other = cast.post_idea("Another idea", "Words", by="ben")
        cast.approve(other)
        with cast.writing():
            merging.merge(idea_id=cast.idea, into_id=other, revision_id=0, now=clock.now())
        disowned(cast, cast.idea)
        held = cast.contribution(cast.idea)
        assert (held.state, held.merged_into_id, held.title) == ("hidden", None, "")
        assert cast.read(problems) == []
        with cast.writing():
            disowning.settle(contribution_id=cast.idea, outcome=DisownOutcome.KEPT, now=clock.now())
        assert cast.contribution(cast.idea).state == "published"
        assert cast.read(problems) == []

    def test_stops_edits_of_what_was_refused_too(self, cast: Cast) -> None:
        cast.reject(cast.waiting)
        disowned(cast, cast.waiting)
        assert cast.contribution(cast.waiting).state == "rejected"
        assert cast.read(lambda: disowning.is_frozen(cast.waiting))

    def test_signs_every_browser_out_when_its_owner_asks(self, cast: Cast) -> None:
        Browser(cast.app, "ana")
        path = disowned(cast, cast.idea)
        visitor = Browser(cast.app)
        visitor.send(visitor.form(path, action=f"{path}/secure"))
        assert "signed out" in visitor.get(path).text
        left = cast.read(
            lambda: db.session.scalar(
                select(func.count()).where(
                    AccountSession.user_id == cast.people["ana"],
                    AccountSession.revoked_at.is_(None),
                )
            )
        )
        assert left == 0
        acts = cast.read(lambda: [row.act for row in db.session.scalars(select(audit.AuditEntry))])
        assert {"contribution.disowned", "account.secured"} <= set(acts)

    def test_that_is_forged_or_old_opens_nothing(self, cast: Cast) -> None:
        ask(cast, cast.contribution(cast.idea).tracking, address("ana"))
        path = link_to(cast, address("ana"))
        visitor = Browser(cast.app)
        visitor.post(f"{path}/secure", {}, 409)
        with cast.writing():
            db.session.execute(update(Disown).values(expires_at=clock.now() - timedelta(1)))
        for wrong in (path, "/disown/x", "/disown/" + "A" * 43):
            visitor.get(wrong, 410)
            visitor.post(wrong, {}, 410)
            visitor.post(f"{wrong}/secure", {}, 410)
        assert cast.contribution(cast.idea).listed

    def test_holds_no_word_of_it(self, cast: Cast) -> None:
        title = cast.contribution(cast.idea).title
        ask(cast, cast.contribution(cast.idea).tracking, address("ana"))
        found = newest_mail(cast.app, address("ana"))
        assert title not in found.text + found.subject
        assert "Outreach" not in found.text + found.subject
        assert title not in Browser(cast.app).get(link_to(cast, address("ana"))).text
