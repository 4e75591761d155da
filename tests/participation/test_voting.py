"""One vote a person and idea, whatever they click, at the same moment too."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from dialogue.dialogues.models import Dialogue
from dialogue.kernel import clock
from dialogue.kernel.db import db
from dialogue.kernel.errors import Conflict, NotFound
from dialogue.participation.commands import writing
from dialogue.participation.models import Choice, Contribution, Kind, Participant, Vote
from dialogue.participation.tally import agreement
from tests.cast import OTHER_SLUG, SLUG, Cast
from tests.pages import Browser
from tests.participation.recount import problems

AT_ONCE = 50


def counts(cast: Cast, idea: int | None = None) -> tuple[int, int, int]:
    found = cast.contribution(idea or cast.idea)
    return found.agree, found.disagree, found.passed


def votes(cast: Cast) -> int:
    return cast.read(lambda: db.session.scalar(select(func.count()).select_from(Vote)) or 0)


def all_at_once(act: Callable[[int], int], number: int = AT_ONCE) -> list[int]:
    """What so many calls answered that started at the same moment."""
    ready = threading.Barrier(10)

    def one(index: int) -> int:
        if index < 10:
            ready.wait()
        return act(index)

    with ThreadPoolExecutor(10) as pool:
        return list(pool.map(one, range(number)))


class TestCastVote:
    def test_counts_changes_and_takes_back_the_one_vote_of_a_person(self, cast: Cast) -> None:
        assert counts(cast) == (1, 0, 0), "the author's own agreement"
        for choice, expected in (
            (Choice.AGREE, (2, 0, 0)),
            (Choice.AGREE, (2, 0, 0)),
            (Choice.DISAGREE, (1, 1, 0)),
            (Choice.PASS, (1, 0, 1)),
            (None, (1, 0, 0)),
            (None, (1, 0, 0)),
        ):
            cast.vote(choice)
            assert counts(cast) == expected
            assert cast.contribution(cast.idea).agreement == agreement(expected[0], sum(expected))
            assert cast.read(problems) == []

    def test_lets_the_author_change_their_own_agreement(self, cast: Cast) -> None:
        cast.vote(Choice.DISAGREE, by="ana")
        assert counts(cast) == (0, 1, 0)
        cast.vote(None, by="ana")
        assert counts(cast) == (0, 0, 0)

    def test_refuses_what_is_not_public_here(self, cast: Cast) -> None:
        elsewhere = cast.post_idea("Beds for crews", "Words", slug=OTHER_SLUG)
        before = votes(cast)
        for idea in (cast.waiting, cast.comment, elsewhere, 10**6):
            with pytest.raises(NotFound):
                cast.vote(Choice.AGREE, on=idea)
        with pytest.raises(Conflict):
            cast.vote(Choice.AGREE, on=cast.waiting, by="ana")
        cast.close(ago=timedelta(seconds=1))
        with pytest.raises(Conflict):
            cast.vote(Choice.AGREE)
        with pytest.raises(Conflict):
            cast.vote(None, by="ana")
        assert votes(cast) == before
        assert cast.read(problems) == []

    def test_makes_nobody_a_participant_whose_vote_was_refused(self, cast: Cast) -> None:
        def people() -> int:
            return db.session.scalar(select(func.count()).select_from(Participant)) or 0

        before = cast.read(people)
        with pytest.raises(NotFound):
            cast.vote(Choice.AGREE, by="oz", on=cast.waiting)
        assert cast.read(people) == before


class TestTheAuthorsAgreement:
    def test_comes_with_the_publication_and_goes_with_its_undo(self, cast: Cast) -> None:
        decision = cast.approve(cast.waiting)
        assert counts(cast, cast.waiting) == (1, 0, 0)
        cast.undo(decision)
        assert counts(cast, cast.waiting) == (0, 0, 0)
        cast.approve(cast.waiting)
        assert counts(cast, cast.waiting) == (1, 0, 0)
        assert cast.read(problems) == []

    def test_that_was_changed_meanwhile_stays_through_an_undo(self, cast: Cast) -> None:
        decision = cast.approve(cast.waiting)
        cast.vote(Choice.PASS, by="ana", on=cast.waiting)
        cast.vote(Choice.AGREE, by="ben", on=cast.waiting)
        cast.undo(decision)
        assert cast.read(problems) == []
        cast.approve(cast.waiting)
        assert counts(cast, cast.waiting) == (1, 0, 1)
        assert cast.read(problems) == []

    def test_is_not_given_again_with_an_edit(self, cast: Cast) -> None:
        cast.vote(None, by="ana")
        cast.edit(cast.idea, "Said better", "Words")
        cast.approve(cast.idea)
        assert counts(cast) == (0, 0, 0)


class TestFiftyAtOnce:
    def test_of_one_person_count_once(self, cast: Cast) -> None:
        ben = Browser(cast.app, "ben")
        path = f"/d/{SLUG}/ideas/{cast.idea}/vote"
        form = ben.form(path, action=path)
        cookie = ben.client.get_cookie("dialogue")
        assert cookie is not None

        def click(index: int) -> int:
            client = cast.app.test_client()
            client.set_cookie("dialogue", cookie.value)
            choice = ("agree", "disagree", "pass", "none")[index % 4] if index > 24 else "agree"
            return client.post(path, data={**form.fields, "choice": choice}).status_code

        answers = all_at_once(click)
        assert set(answers) == {303}
        assert cast.read(problems) == []
        assert votes(cast) in {1, 2}

    def test_of_ten_people_on_one_idea_all_count(self, cast: Cast) -> None:
        names = ("ben", "lee", "mo", "ola", "oz", "ada")

        def vote(index: int) -> int:
            cast.vote(list(Choice)[index % 3], by=names[index % len(names)])
            return index

        all_at_once(vote)
        assert votes(cast) == 1 + len(names)
        assert cast.read(problems) == []

    def test_votes_and_comments_of_newcomers_do_not_wait_for_each_other(self, cast: Cast) -> None:
        """A comment and a vote touch the idea and the dialogue: both in the same order."""
        cast.change(moderation="after")
        newcomers = ("lee", "mo", "ola", "oz", "ada")

        def act(index: int) -> int:
            name = newcomers[index // 2 % len(newcomers)]
            if index % 2:
                cast.vote(Choice.AGREE, by=name)
            else:
                cast.post_comment(f"Comment {index}", by=name)
            return index

        all_at_once(act, 30)
        assert cast.read(problems) == []


class TestADoubleClickAtOnce:
    def test_makes_one_idea_and_leads_every_sending_there(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        path = f"/d/{SLUG}/ideas/new"
        form = ana.form(path, holding="title")
        data = {**form.fields, "title": "Once", "body": "x", "topic": "none", "step": "post"}
        before = ideas_of(cast)
        answers = same_form(cast, ana, path, data)
        assert len(answers) == 1, answers
        assert ideas_of(cast) == before + 1
        assert cast.read(problems) == []

    def test_withdraws_once_and_leads_every_sending_there(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        path = f"/d/{SLUG}/ideas/{cast.idea}/withdraw"
        answers = same_form(cast, ana, path, ana.form(path, holding="form_key").fields)
        assert answers == {(303, f"/d/{SLUG}")}
        assert cast.read(problems) == []

    def test_changes_once_and_leads_every_sending_there(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        path = f"/d/{SLUG}/ideas/{cast.idea}/edit"
        form = ana.form(path, holding="title")
        answers = same_form(cast, ana, path, {**form.fields, "title": "Once", "step": "post"})
        assert answers == {(303, f"/d/{SLUG}/ideas/{cast.idea}")}
        assert cast.read(problems) == []


def same_form(
    cast: Cast, person: Browser, path: str, data: dict[str, str]
) -> set[tuple[int, str | None]]:
    """Send one form ten times at once; the different answers."""
    cookie = person.client.get_cookie("dialogue")
    assert cookie is not None
    answers: list[tuple[int, str | None]] = []

    def click(index: int) -> int:
        client = cast.app.test_client()
        client.set_cookie("dialogue", cookie.value)
        answer = client.post(path, data=data)
        answers.append((answer.status_code, answer.headers.get("Location")))
        return index

    all_at_once(click, 10)
    return set(answers)


def ideas_of(cast: Cast) -> int:
    return cast.read(lambda: db.session.scalar(select(func.count()).select_from(Contribution)) or 0)


class TestTheLastMinute:
    def test_takes_what_was_begun_in_time_for_a_quarter_of_an_hour(self, cast: Cast) -> None:
        opened = clock.now() - timedelta(minutes=30)
        now = clock.now()
        for ago, begun, taken in (
            (timedelta(minutes=14), opened, True),
            (timedelta(minutes=16), opened, False),
            (timedelta(minutes=14), now - timedelta(minutes=13), False),
            (timedelta(minutes=14), None, False),
        ):
            cast.close(ago=ago)
            with cast.app.app_context():
                dialogue = db.session.scalars(select(Dialogue).where(Dialogue.slug == SLUG)).one()
                if taken:
                    writing.must_be_open(dialogue, Kind.IDEA, now, begun)
                else:
                    with pytest.raises(Conflict):
                        writing.must_be_open(dialogue, Kind.IDEA, now, begun)

    @pytest.mark.sqlite_only
    def test_reads_the_moment_from_the_signed_form_alone(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        path = f"/d/{SLUG}/ideas/new"
        form = ana.form(path, holding="title")
        data = {"title": "In time", "body": "x", "topic": "none", "step": "post"}
        cast.close(ago=timedelta(seconds=-1))  # closes in a second
        preview = ana.send(form, 200, button=("step", "preview"), **{**data, "step": "preview"})
        assert preview.text.count(form.fields["opened"]), "the preview hands the moment on"
        cast.close(ago=timedelta(seconds=0))
        token = form.fields["opened"]
        for forged in ("", "x", token[:-1], token + "x", "9" + token, token.upper()):
            ana.post(path, {**form.fields, **data, "opened": forged}, 409)
        ana.post(path, {**form.fields, **data})
