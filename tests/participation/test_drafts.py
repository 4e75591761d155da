"""What somebody is writing is kept, belongs to them alone, and no window loses another's words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from dialogue.kernel import clock, forms
from dialogue.kernel.db import db
from dialogue.kernel.errors import Conflict, FieldErrors, NotFound
from dialogue.participation.commands import drafts
from dialogue.participation.drafts import Draft, Pen, Place, Words
from dialogue.participation.models import Kind
from dialogue.participation.queries.drafts import draft_of, drafts_of
from tests.cast import Cast


class Desk:
    """Ana's desk: saves from several windows and looks at what is kept."""

    def __init__(self, cast: Cast, name: str = "ana") -> None:
        self.cast, self.user = cast, cast.people[name]
        self.place = Place(cast.dialogue, Kind.IDEA)

    def opened(self) -> str:
        return self.cast.read(forms.new_form_key)

    def save(self, title: str, pen: Pen) -> drafts.Saved | None:
        with self.cast.writing():
            return drafts.save(
                user_id=self.user,
                place=self.place,
                words=Words(title),
                pen=pen,
                now=clock.now(),
            )

    def send(self, pen: Pen) -> None:
        with self.cast.writing():
            drafts.forget_sent(user_id=self.user, place=self.place, pen=pen, now=clock.now())

    def kept(self) -> list[str]:
        return self.cast.read(lambda: sorted(draft.title for draft in drafts_of(self.user)))


@pytest.fixture
def desk(cast: Cast) -> Desk:
    return Desk(cast)


class TestSaving:
    def test_overwrites_what_the_same_window_saved(self, desk: Desk) -> None:
        opened = desk.opened()
        for version, title in enumerate(("P", "Pr", "Print it"), start=1):
            saved = desk.save(title, Pen(opened, "one", version))
            assert saved is not None
            assert (saved.version, saved.is_second) == (version, False)
        assert desk.kept() == ["Print it"]

    def test_ignores_what_a_slow_network_brings_late(self, desk: Desk) -> None:
        opened = desk.opened()
        desk.save("First", Pen(opened, "one", 1))
        desk.save("Second", Pen(opened, "one", 2))
        desk.save("First", Pen(opened, "one", 1))
        assert desk.kept() == ["Second"]

    def test_keeps_both_when_two_windows_change_the_same_draft(self, desk: Desk) -> None:
        opened = desk.opened()
        desk.save("Begun", Pen(opened, "first visit", 1))
        here = desk.save("Begun here", Pen(opened, "here", 2))
        there = desk.save("Begun there", Pen(opened, "there", 2))
        assert here is not None
        assert there is not None
        assert here.opened == opened
        assert there.is_second
        assert there.opened != opened
        desk.save("Begun there, on", Pen(there.opened, "there", 3))
        assert desk.kept() == ["Begun here", "Begun there, on"]

    def test_of_nothing_keeps_nothing_and_takes_nothing_away(self, desk: Desk) -> None:
        opened = desk.opened()
        assert desk.save(" \n", Pen(opened, "one", 1)) is None
        desk.save("Words", Pen(opened, "one", 2))
        desk.save("", Pen(opened, "one", 3))
        assert desk.kept() == ["Words"]

    def test_takes_hidden_characters_away_and_refuses_what_is_no_text(self, desk: Desk) -> None:
        desk.save("pay\u202e slip\u200b", Pen(desk.opened(), "one", 1))
        assert desk.kept() == ["pay slip"]
        for bad in ("half \ud800", "a NUL \x00", "x" * 10_001):
            with pytest.raises(FieldErrors):
                desk.save(bad, Pen(desk.opened(), "one", 1))

    def test_with_a_forged_key_makes_a_draft_of_its_own(self, desk: Desk) -> None:
        for _ in range(2):
            desk.save("Words", Pen("forged", "one", 1))
        assert desk.kept() == ["Words", "Words"]

    def test_ends_at_a_number_with_a_sentence(self, app: Flask, desk: Desk) -> None:
        app.config["DRAFTS_PER_PERSON"] = 2
        for title in ("One", "Two"):
            desk.save(title, Pen(desk.opened(), "one", 1))
        with pytest.raises(Conflict, match="You have 2 drafts"):
            desk.save("Three", Pen(desk.opened(), "one", 1))


class TestSending:
    def test_leaves_no_draft_and_none_comes_back(self, desk: Desk) -> None:
        opened = desk.opened()
        desk.save("Words", Pen(opened, "one", 3))
        desk.send(Pen(opened, "one", 5))
        assert desk.kept() == []
        desk.save("Words", Pen(opened, "one", 4))  # was on its way all the time
        assert desk.kept() == []
        never_saved = desk.opened()
        desk.send(Pen(never_saved, "one", 2))
        desk.save("Words", Pen(never_saved, "one", 1))
        assert desk.kept() == []
        with desk.cast.app.app_context():
            assert set(db.session.execute(select(Draft.title, Draft.body))) == {("", "")}

    def test_keeps_what_another_window_goes_on_writing(self, desk: Desk) -> None:
        opened = desk.opened()
        desk.save("Begun", Pen(opened, "first visit", 1))
        desk.save("Begun there", Pen(opened, "there", 2))
        desk.send(Pen(opened, "here", 2))
        assert desk.kept() == ["Begun there"]

    def test_begins_anew_for_words_written_after_it(self, desk: Desk) -> None:
        opened = desk.opened()
        desk.send(Pen(opened, "one", 1))
        saved = desk.save("Another thought", Pen(opened, "one", 2))
        assert saved is not None
        assert saved.opened != opened
        assert desk.kept() == ["Another thought"]


class TestADraft:
    def test_is_there_for_its_writer_alone(self, desk: Desk) -> None:
        saved = desk.save("Words", Pen(desk.opened(), "one", 1))
        assert saved is not None
        ben = desk.cast.people["ben"]
        assert desk.cast.read(lambda: draft_of(ben, saved.id)) is None
        with pytest.raises(NotFound), desk.cast.writing():
            drafts.discard(user_id=ben, draft_id=saved.id)
        with desk.cast.writing():
            drafts.discard(user_id=desk.user, draft_id=saved.id)
        assert desk.kept() == []

    def test_is_forgotten_when_nobody_touched_it_for_half_a_year(self, desk: Desk) -> None:
        desk.save("Words", Pen(desk.opened(), "one", 1))
        desk.send(Pen(desk.opened(), "one", 1))
        for days, rows in ((0, 2), (2, 1), (179, 1), (181, 0)):
            with desk.cast.writing():
                drafts.forget_old(now=clock.now() + timedelta(days=days))
            assert desk.cast.read(lambda: len(db.session.scalars(select(Draft)).all())) == rows
