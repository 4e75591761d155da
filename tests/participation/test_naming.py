"""A name in each dialogue: chosen with the first words, changed later, never the same twice."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from dialogue.accounts.models import TakenName, User
from dialogue.kernel import clock
from dialogue.kernel.db import db
from dialogue.participation.commands import joining
from dialogue.participation.models import Choice, Participant
from tests.cast import OTHER_SLUG, SLUG, Cast
from tests.pages import Browser

IDEA = {"title": "Open the library on Sundays", "body": "", "topic": "none"}


def name_of(cast: Cast, who: str, dialogue_id: int) -> str:
    def asked() -> str:
        return db.session.scalars(
            select(Participant.public_name).where(
                Participant.user_id == cast.people[who], Participant.dialogue_id == dialogue_id
            )
        ).one()

    return cast.read(asked)


def suggested(browser: Browser, slug: str) -> str:
    return browser.form(f"/d/{slug}/ideas/new", holding="title").fields["display_name"]


class TestTheNameInADialogue:
    def test_is_the_accounts_in_the_first_and_another_in_each_further_one(self, cast: Cast) -> None:
        assert name_of(cast, "ana", cast.dialogue) == "Ana"
        cast.post_idea(by="ana", slug=OTHER_SLUG)
        other = name_of(cast, "ana", cast.other)
        assert other != "Ana"
        cast.post_idea("A second idea", by="ana", slug=OTHER_SLUG)
        assert name_of(cast, "ana", cast.other) == other

    def test_is_chosen_with_the_first_words_and_not_asked_for_again(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        assert suggested(ana, OTHER_SLUG) != "Ana"
        form = ana.form(f"/d/{OTHER_SLUG}/ideas/new", holding="title")
        again = ana.send(form, 200, button=("step", "name"), **IDEA).text
        assert IDEA["title"] in again, "asking for another name loses the words"
        page = ana.send(form, 200, button=("step", "preview"), **IDEA, display_name="Night Heron")
        assert "Night Heron" in page.text
        posted = ana.send(form, button=("step", "post"), **IDEA, display_name="Night Heron")
        assert "Night Heron" in ana.follow(posted).text
        form = ana.form(f"/d/{OTHER_SLUG}/ideas/new", holding="title")
        assert "display_name" not in form.fields
        ana.send(form, button=("step", "post"), **IDEA, display_name="Somebody else")
        assert name_of(cast, "ana", cast.other) == "Night Heron"

    def test_that_was_given_with_a_vote_can_still_be_chosen(self, cast: Cast) -> None:
        idea = cast.post_idea(by="ben", slug=OTHER_SLUG)
        cast.approve(idea, by="mo")
        ana = Browser(cast.app, "ana")
        ana.post(
            f"/d/{OTHER_SLUG}/ideas/{idea}/vote",
            {"choice": Choice.AGREE, "csrf_token": ana.form("/me").fields["csrf_token"]},
        )
        given = name_of(cast, "ana", cast.other)
        assert given != "Ana"
        form = ana.form(f"/d/{OTHER_SLUG}/ideas/new", holding="title")
        assert form.fields["display_name"] == given
        ana.send(form, button=("step", "post"), **IDEA, display_name="Night Heron")
        assert name_of(cast, "ana", cast.other) == "Night Heron"

    @pytest.mark.parametrize(
        "name", ["Ben", "Ana", "Аna", "mo derator", "an\u200ba", "x", "a@b.example", "B\u202een"]
    )
    def test_that_is_taken_or_impossible_is_refused_and_the_words_stay(
        self, cast: Cast, name: str
    ) -> None:
        """Also one's own name of another dialogue: readers could connect the two."""
        ana = Browser(cast.app, "ana")
        form = ana.form(f"/d/{OTHER_SLUG}/ideas/new", holding="title")
        for step in ("preview", "post"):
            page = ana.send(form, 422, button=("step", step), **IDEA, display_name=name).text
            assert 'href="#display_name"' in page
            assert IDEA["title"] in page

    @pytest.mark.sqlite_only
    def test_connects_nothing_that_readers_see(self, cast: Cast) -> None:
        """What stands on Ana's pages in two dialogues and on nobody else's: nothing."""
        theirs = {}
        for who, slug, by in (("ana", OTHER_SLUG, "mo"), ("ben", OTHER_SLUG, "mo")):
            idea = cast.post_idea(f"Idea of one {who == 'ana'}", "Words", by=who, slug=slug)
            cast.approve(idea, by=by)
            theirs[who] = f"/d/{slug}/ideas/{idea}"
        reader = Browser(cast.app)

        def marks(path: str) -> set[str]:
            page = reader.get(reader.get(path, 301).headers["Location"]).text
            return set(re.findall(r"[\w.-]{3,}", page))

        here, there, bens = marks(f"/d/{SLUG}/ideas/{cast.idea}"), *map(marks, theirs.values())
        assert here & there - bens <= {"True"}

    def test_is_given_to_one_person_when_two_ask_at_once(self, cast: Cast) -> None:
        """Two dialogues at once see each other's names: the account's serves once."""
        with cast.writing():
            user = db.session.get_one(User, cast.people["ola"])
            first = joining.participant_for(dialogue_id=cast.dialogue, user=user, now=clock.now())
            other = joining.participant_for(dialogue_id=cast.other, user=user, now=clock.now())
            assert (first.public_name == "Ola", other.public_name == "Ola") == (True, False)


class TestChangingTheName:
    def change(self, browser: Browser, name: str, status: int = 303, slug: str = SLUG) -> str:
        form = browser.form(f"/me/name/{slug}", holding="display_name")
        return browser.send(form, status, display_name=name).text

    def test_stands_beside_everything_written_before(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        assert "Ana" in ana.get("/me/name").text
        self.change(ana, "Grey Heron")
        page = ana.get(ana.get(f"/d/{SLUG}/ideas/{cast.idea}", 301).headers["Location"]).text
        assert "Grey Heron" in page
        assert "Ana" not in re.sub(r"(?s)<header.*?</header>", "", page)

    def test_keeps_the_old_one_from_others_for_a_while_and_lets_its_owner_return(
        self, cast: Cast
    ) -> None:
        ana, ben = Browser(cast.app, "ana"), Browser(cast.app, "ben")
        self.change(ana, "Grey Heron")
        self.change(ana, "Blue Heron")
        assert "taken" in self.change(ben, "Grey Heron", 422)
        self.change(ana, "Grey Heron")
        with cast.writing():
            long_ago = clock.now() - timedelta(days=91)
            db.session.execute(
                update(TakenName)
                .where(TakenName.released_at.is_not(None))
                .values(released_at=long_ago)
            )
        self.change(ben, "Blue Heron")
        assert name_of(cast, "ben", cast.dialogue) == "Blue Heron"

    @pytest.mark.sqlite_only
    def test_happens_three_times_a_day_and_only_where_one_takes_part(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        for index in range(4):
            page = self.change(ana, f"Heron {'abcd'[index]}", 303 if index < 3 else 429)
        assert "tomorrow" in page
        ana.get(f"/me/name/{OTHER_SLUG}", 404)
        ana.get("/me/name/nowhere", 404)
        page = self.change(Browser(cast.app, "ben"), "Ana", 422)
        assert 'value="Ana"' in page
