"""Asking a moderator to look: one person and one thing once, nobody told, hidden only by rule."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from dialogue.dialogues.models import Dialogue
from dialogue.dialogues.queries import dialogue_by_slug
from dialogue.kernel import clock
from dialogue.kernel.db import db
from dialogue.kernel.errors import Conflict, NotFound, TooMany
from dialogue.kernel.outbox import OutboxEvent
from dialogue.participation.commands import flagging
from dialogue.participation.models import Contribution, Flag, FlagOutcome, FlagReason
from dialogue.participation.schemas import FlagInput
from tests.cast import OTHER_SLUG, SLUG, Cast
from tests.pages import Browser, newest_code
from tests.participation.recount import problems

HOME = f"/d/{SLUG}"
THANKS = "Thank you. A moderator will look. We do not tell the author who reported."


def flag(cast: Cast, item: int, *, by: str, note: str = "") -> int:
    with cast.writing():
        dialogue = dialogue_by_slug(SLUG)
        assert dialogue is not None
        return flagging.flag(
            dialogue=dialogue,
            contribution_id=item,
            user=cast._user(by),
            given=FlagInput(FlagReason.THREATS, note),
            now=clock.now(),
        ).id


def decide(cast: Cast, item: int, outcome: FlagOutcome) -> tuple[int, ...]:
    with cast.writing():
        return flagging.decide_flags(contribution_id=item, outcome=outcome, now=clock.now())


def events(cast: Cast, name: str) -> int:
    counted = select(func.count()).where(OutboxEvent.name == name)
    return cast.read(lambda: db.session.scalar(counted) or 0)


class TestAFlag:
    def test_counts_once_for_a_person_however_often_they_send_it(self, cast: Cast) -> None:
        def click(_index: int) -> int:
            return flag(cast, cast.idea, by="ben")

        with ThreadPoolExecutor(10) as pool:
            assert len(set(pool.map(click, range(50)))) == 1
        assert events(cast, "ContributionFlagged") == 1
        assert cast.contribution(cast.idea).listed, "no flag hides anything by itself"
        assert cast.read(problems) == []

    def test_is_taken_of_what_the_public_reads_and_not_of_ones_own(self, cast: Cast) -> None:
        elsewhere = cast.post_idea("Beds for crews", "Words", slug=OTHER_SLUG)
        for item in (cast.waiting, elsewhere, 10**6):
            with pytest.raises(NotFound):
                flag(cast, item, by="ben")
        with pytest.raises(Conflict):
            flag(cast, cast.idea, by="ana")
        cast.withdraw(cast.idea)
        with pytest.raises(NotFound):
            flag(cast, cast.comment, by="oz")
        assert events(cast, "ContributionFlagged") == 0

    def test_is_limited_by_the_day(self, cast: Cast) -> None:
        cast.app.config["FLAGS_PER_DAY"] = 1
        flag(cast, cast.idea, by="oz")
        with pytest.raises(TooMany):
            flag(cast, cast.comment, by="oz")


class TestTheThreshold:
    def test_hides_until_a_moderator_has_looked_and_brings_everything_back(
        self, cast: Cast
    ) -> None:
        cast.change(flag_threshold=3)
        for item in (cast.idea, cast.comment):
            before = cast.contribution(item)
            for name in ("lee", "mo"):
                flag(cast, item, by=name)
            assert cast.contribution(item).listed
            flag(cast, item, by="ola")
            held = cast.contribution(item)
            assert (held.listed, held.state, held.title) == (False, "hidden", "")
            assert cast.read(problems) == []
            found = decide(cast, item, FlagOutcome.KEPT)
            assert len(found) == 3
            after = cast.contribution(item)
            assert (after.listed, after.state, after.title, after.agree) == (
                True,
                "published",
                before.title,
                before.agree,
            )
            assert cast.read(problems) == []
            with cast.writing():  # the moderator takes the decision back within the window
                flagging.reopen_flags(flag_ids=found, now=clock.now())
            assert not cast.contribution(item).listed
            decide(cast, item, FlagOutcome.KEPT)
        flag(cast, cast.idea, by="ben")
        assert cast.contribution(cast.idea).listed, "flags that were answered do not count again"

    def test_reached_at_the_same_moment_hides_once(self, cast: Cast) -> None:
        cast.change(flag_threshold=2)
        names = ("lee", "mo", "ola", "oz", "ada")

        def act(index: int) -> None:
            with suppress(NotFound):  # it was out of sight already
                flag(cast, cast.comment, by=names[index % 5])

        with ThreadPoolExecutor(10) as pool:
            list(pool.map(act, range(20)))
        assert cast.contribution(cast.comment).state == "hidden"
        assert events(cast, "ContributionUnlisted") == 1
        assert cast.read(problems) == []

    def test_stays_hidden_when_those_who_reported_change_their_mind(self, cast: Cast) -> None:
        cast.change(flag_threshold=1)
        flag(cast, cast.idea, by="ben")
        with cast.writing():
            found = db.session.scalars(select(Dialogue).where(Dialogue.slug == SLUG)).one()
            flagging.take_back(
                dialogue=found,
                contribution_id=cast.idea,
                participant_id=cast.participant("ben"),
                now=clock.now(),
            )
        assert not cast.contribution(cast.idea).listed
        decide(cast, cast.idea, FlagOutcome.KEPT)
        assert cast.contribution(cast.idea).listed

    def test_that_moderators_act_upon_leaves_it_hidden(self, cast: Cast) -> None:
        cast.change(flag_threshold=1)
        flag(cast, cast.idea, by="ben")
        decide(cast, cast.idea, FlagOutcome.ACTED)
        assert cast.contribution(cast.idea).state == "hidden"
        assert events(cast, "FlagsDecided") == 1


@pytest.mark.sqlite_only
class TestTheForm:
    def test_sends_thanks_and_shows_what_became_of_it(self, cast: Cast) -> None:
        ben = Browser(cast.app, "ben")
        idea = cast.contribution(cast.idea)
        page = ben.get(f"{HOME}/ideas/{idea.id}-{idea.slug}").text
        path = f"{HOME}/ideas/{cast.idea}/flag"
        assert f'href="{path}"' in page
        form = ben.form(path, holding="note")
        assert len(re.findall('type="radio" name="reason"', ben.get(path).text)) == 5
        answer = ben.send(form, reason="threats", note="The second <b>sentence</b>")
        assert THANKS in ben.follow(answer).text
        again = ben.send(form, reason="danger", note="twice")
        shown = ben.follow(again).text
        assert "You reported this idea" in shown
        assert "twice" not in shown
        mine = ben.get("/me/reported").text
        assert "The second &lt;b&gt;sentence&lt;/b&gt;" in mine
        assert "Waiting for a moderator" in mine
        for name in ("ana", "lee"):
            other = Browser(cast.app, name)
            for address in (f"{HOME}/ideas/{idea.id}-{idea.slug}", "/me", "/me/reported"):
                assert "The second" not in other.get(address).text
        decide(cast, cast.idea, FlagOutcome.KEPT)
        assert "it stays as it is" in ben.get("/me/reported").text
        assert "it stays as it is" in ben.get(path).text
        ben.post(f"{path}/take-back", ben.form("/me", action="/account/sign-out").fields, 409)

    def test_is_taken_back_and_can_stand_again(self, cast: Cast) -> None:
        ben = Browser(cast.app, "ben")
        path = f"{HOME}/comments/{cast.comment}/flag"
        ben.get(path, 409)  # his own
        path = f"{HOME}/ideas/{cast.idea}/flag"
        ben.send(ben.form(path, holding="note"), reason="other", note="See below")
        ben.send(ben.form(path, action=f"{path}/take-back"))
        assert "Taken back" in ben.get("/me/reported").text
        ben.send(ben.form(path, holding="note"), reason="danger")
        assert events(cast, "ContributionFlagged") == 2

    def test_keeps_the_words_of_somebody_who_signs_in_first(self, cast: Cast) -> None:
        visitor = Browser(cast.app)
        path = f"{HOME}/comments/{cast.comment}/flag"
        answer = visitor.send(
            visitor.form(path, holding="note"), reason="danger", note="He waits outside"
        )
        create = answer.headers["Location"]
        assert "What you report about" in visitor.get(create).text
        sign_in = re.search(r'href="(/account/sign-in\?[^"]*)"', visitor.get(create).text)
        assert sign_in
        form = visitor.form(sign_in[1].replace("&amp;", "&"), holding="email")
        visitor.send(form, button=("step", "code"), email="oz@people.example")
        code = newest_code(cast.app, "oz@people.example")
        shown = visitor.follow(visitor.enter_code("/account/sign-in/code", code)).text
        assert THANKS in shown
        assert "He waits outside" in shown
        assert cast.read(lambda: db.session.scalars(select(Flag)).one().reason) == "danger"

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({}, "Choose what is wrong with it"),
            ({"reason": "stars"}, "Choose what is wrong with it"),
            ({"reason": "other"}, "Say in a few words"),
            ({"reason": "threats", "note": "x" * 501}, "Shorten this by 1"),
            ({"reason": "threats", "note": "a\x00b"}, "problem"),
        ],
    )
    def test_with_a_mistake_comes_back_with_everything_typed(
        self, cast: Cast, fields: dict[str, str], sentence: str
    ) -> None:
        for browser in (Browser(cast.app, "ben"), Browser(cast.app)):
            path = f"{HOME}/ideas/{cast.idea}/flag"
            form = browser.form(path, holding="note")
            answer = browser.post(path, {**form.fields, **fields}, 422)
            assert sentence in answer.text
            assert fields.get("note", "").replace("\x00", "")[:1] in answer.text
        assert cast.read(lambda: db.session.scalar(select(func.count()).select_from(Flag))) == 0

    def test_of_what_is_not_there_for_this_person_answers_404(self, cast: Cast) -> None:
        ben = Browser(cast.app, "ben")
        form = ben.form(f"{HOME}/ideas/{cast.idea}/flag", holding="note")
        for path in (
            f"{HOME}/ideas/{cast.waiting}/flag",
            f"{HOME}/ideas/{cast.comment}/flag",
            f"{HOME}/comments/{cast.idea}/flag",
            f"/d/{OTHER_SLUG}/ideas/{cast.idea}/flag",
            f"{HOME}/ideas/999999999/flag",
        ):
            ben.get(path, 404)
            ben.post(path, {**form.fields, "reason": "threats"}, 404)
            ben.post(f"{path}/take-back", form.fields, 404)
            Browser(cast.app).post(path, {"reason": "threats"}, 404)

    def test_says_how_it_stands_when_the_report_itself_hid_it(self, cast: Cast) -> None:
        cast.change(flag_threshold=1)
        ben = Browser(cast.app, "ben")
        path = f"{HOME}/ideas/{cast.idea}/flag"
        title = cast.contribution(cast.idea).title
        shown = ben.follow(ben.send(ben.form(path, holding="note"), reason="threats")).text
        assert THANKS in shown
        assert "Nobody can read it at this moment." in shown
        assert title not in shown
        assert title not in ben.get("/me/reported").text
        Browser(cast.app).get(path, 404)
        assert cast.read(lambda: db.session.get_one(Contribution, cast.idea).state) == "hidden"
        assert timedelta(0) <= clock.now() - cast.read(
            lambda: db.session.scalars(select(Flag)).one().at
        )
