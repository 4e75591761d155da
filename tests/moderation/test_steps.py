"""Steps about participants: told, dated, held to, ended by their date."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from dialogue.accounts.models import Role, User
from dialogue.dialogues.models import Dialogue
from dialogue.kernel import clock
from dialogue.kernel.audit import AuditEntry
from dialogue.kernel.db import db, transaction
from dialogue.kernel.errors import Conflict, FieldErrors, Forbidden, NotFound, TooMany
from dialogue.kernel.mail import MailMessage
from dialogue.moderation.commands import sanctions
from dialogue.moderation.models import Outcome
from dialogue.notifications.tasks import tell_step
from dialogue.participation.commands import voting
from dialogue.participation.models import Choice, Restriction
from dialogue.participation.restrictions import LADDER, Step, next_step
from tests.moderation.world import World, form_of, give

WEEK = timedelta(days=7)


def take(
    world: World,
    item: int,
    step: str,
    *,
    until: datetime | None = None,
    by: int | None = None,
    reason: str = "abuse",
    note: str = "",
) -> int:
    with world.context(), transaction():
        return sanctions.take_step(
            item_id=item,
            step=step,
            until=until,
            reason_code=reason,
            note=note,
            moderator=db.session.get_one(User, by or world.lee),
            scope=frozenset({world.dialogue}),
            now=clock.now(),
        ).id


def vote(world: World, idea: int, *, by: int, now: datetime | None = None) -> None:
    with world.context(), transaction():
        voting.cast_vote(
            dialogue=db.session.get_one(Dialogue, world.dialogue),
            idea_id=idea,
            user=db.session.get_one(User, by),
            choice=Choice.AGREE,
            now=now or clock.now(),
        )


class TestAStep:
    def test_takes_what_it_says_and_gives_it_back_by_itself(self, world: World) -> None:
        mine, other = world.submit()[0], world.submit("Buses", author=world.ben)[0]
        world.decide(other)
        item, until = world.item(mine).id, clock.now() + WEEK
        take(world, item, "warn")
        world.submit("A second idea")
        take(world, item, "mute", until=until)
        with pytest.raises(Forbidden, match="cannot write here until"):
            world.submit("A third idea")
        with pytest.raises(Forbidden):
            world.edit(mine, "Changed", "And sent.")
        vote(world, other, by=world.ana)
        take(world, item, "suspend", until=until)
        with pytest.raises(Forbidden, match="cannot vote here until"):
            vote(world, other, by=world.ana)
        later = until + timedelta(seconds=1)
        world.submit("A third idea", now=later, screened=False)
        vote(world, other, by=world.ana, now=later)
        world.submit("Another person's", author=world.ben)

    def test_slows_down(self, world: World) -> None:
        item = world.item(world.submit()[0]).id
        take(world, item, "slow", until=clock.now() + WEEK)
        limit = world.app.config["SLOW_PER_DAY"]
        for n in range(limit - 1):
            world.submit(f"Idea {n}")
        with pytest.raises(TooMany, match="3 ideas and comments a day"):
            world.submit("One more")
        world.submit("A day later", now=clock.now() + timedelta(days=1), screened=False)

    def test_is_told_once_with_reason_end_and_the_way_to_ask(self, world: World) -> None:
        item = world.item(world.submit()[0]).id
        step = take(world, item, "mute", until=clock.now() + WEEK, note="Speak of ideas.")
        with world.context():
            for _ in range(3):
                tell_step(step)
            mails = db.session.scalars(select(MailMessage)).all()
            assert len(mails) == 1
            end = db.session.get_one(Restriction, step).until_at
            assert end is not None
            for said in (
                "you cannot write until",
                str(end.year),
                "Threats or abuse",
                "Speak of ideas.",
                "ask for a second look until",
                "/me/steps",
            ):
                assert said in mails[0].text, said
            entry = db.session.scalars(
                select(AuditEntry).where(AuditEntry.act == "step.taken")
            ).one()
            assert entry.codes["step"] == "mute"
        page = world.client(world.ana).get("/me/steps").text
        assert "Mute" in page
        assert "Ask for a second look" in page

    def test_says_nothing_in_a_letter_of_a_sensitive_dialogue(self, world: World) -> None:
        world.set(sensitive=True)
        item = world.item(world.submit()[0]).id
        step = take(world, item, "suspend", until=clock.now() + WEEK)
        with world.context():
            tell_step(step)
            mail = db.session.scalars(select(MailMessage)).one()
            assert "Outreach" not in mail.subject + mail.text
            assert "read until" not in mail.text

    def test_ends_early_when_lifted_and_that_is_told(self, world: World) -> None:
        item = world.item(world.submit()[0]).id
        step = take(world, item, "suspend", until=clock.now() + WEEK)
        client = world.client(world.mo)
        page = client.get(f"/mod/items/{item}/author").text
        form = form_of(page, f"/mod/items/{item}/author", action=f"/mod/steps/{step}/lift")
        assert client.post(form.action, data=form.fields).status_code == 303
        world.submit("Free again")
        with pytest.raises(Conflict), world.context(), transaction():
            sanctions.lift_step(
                restriction_id=step,
                moderator=db.session.get_one(User, world.lee),
                scope=None,
                now=clock.now(),
            )
        with world.context():
            tell_step(step)
            assert "ended the step early" in db.session.scalars(select(MailMessage.text)).one()


@pytest.mark.sqlite_only
class TestTakingAStep:
    @pytest.mark.parametrize(
        ("step", "days", "reason", "field"),
        [
            ("mute", -1, "abuse", "until"),
            ("mute", None, "abuse", "until"),
            ("suspend", 400, "abuse", "until"),
            ("ban", 7, "abuse", "step"),
            ("mute", 7, "", "reason"),
            ("mute", 7, "no_such", "reason"),
            ("mute", 7, "other", "note"),
        ],
    )
    def test_refuses_what_is_not_whole(
        self, world: World, step: str, days: int | None, reason: str, field: str
    ) -> None:
        item = world.item(world.submit()[0]).id
        until = None if days is None else clock.now() + timedelta(days=days)
        with pytest.raises(FieldErrors) as problem:
            take(world, item, step, until=until, reason=reason)
        assert set(problem.value.errors) == {field}

    def test_is_not_for_oneself_nor_for_staff_nor_elsewhere(self, world: World) -> None:
        own = world.item(world.submit("Mine", author=world.lee)[0]).id
        with pytest.raises(Forbidden, match="about yourself"):
            take(world, own, "warn")
        with pytest.raises(Forbidden, match="staff role"):
            take(world, own, "warn", by=world.mo)
        with world.context(), transaction():
            give(world.ana, Role.OFFICER, now=clock.now())
        with pytest.raises(Forbidden, match="staff role"):
            take(world, world.item(world.submit()[0]).id, "warn")
        with pytest.raises(NotFound), world.context(), transaction():
            sanctions.take_step(
                item_id=own,
                step="warn",
                until=None,
                reason_code="abuse",
                note="",
                moderator=db.session.get_one(User, world.mo),
                scope=frozenset(),
                now=clock.now(),
            )

    def test_shows_counts_and_the_ladder_and_counts_one_click(self, world: World) -> None:
        for outcome in (Outcome.APPROVED, Outcome.REJECTED):
            idea = world.submit(f"Idea {outcome}")[0]
            world.decide(idea, outcome, reason="spam" if outcome == Outcome.REJECTED else "")
        item, client = world.item(idea).id, world.client(world.lee)
        path = f"/mod/items/{item}/author"
        page = client.get(path).text
        assert "@people.example" not in page
        assert all(said in page for said in ("Published", "Not published", "Usually 30 days"))
        form = form_of(page, path, action=path, holding="step")
        fields = {**form.fields, "step": "slow", "reason": "abuse", "until": "2000-01-01"}
        refused = client.post(path, data=fields)
        assert refused.status_code == 422
        assert "after today" in refused.text
        assert "2000-01-01" in refused.text
        fields["until"] = (clock.now() + WEEK).date().isoformat()
        for _ in range(3):  # the same form
            assert client.post(path, data=fields).status_code == 303
        with world.context():
            assert [s.step for s in db.session.scalars(select(Restriction))] == ["slow"]
        assert "Holds now" in client.get(path).text


class TestTheLadder:
    def test_goes_up_by_one(self) -> None:
        taken: list[Step] = []
        for step in LADDER:
            assert next_step(taken) is step
            taken.append(step)
        assert next_step(taken) is Step.SUSPEND
