"""Readers without a cookie may get a copy of a page, never one that says too much or too long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, update

from config import Config
from dialogue.accounts import personal
from dialogue.accounts.models import User
from dialogue.app import create_app
from dialogue.dialogues import schemas
from dialogue.dialogues.commands import editing
from dialogue.dialogues.models import Act, Dialogue, Phase
from dialogue.kernel import clock, copies
from dialogue.kernel.db import db
from dialogue.kernel.personal import Leaving
from dialogue.moderation.models import Outcome
from dialogue.participation.commands import disowning, flagging, joining
from dialogue.participation.commands.splitting import Part
from dialogue.participation.models import FlagReason
from dialogue.participation.personal import erase_contributions, erase_participants
from dialogue.participation.redaction import HiddenKind
from dialogue.participation.schemas import FlagInput
from tests.cast import BODY, SLUG, TITLE, Cast, address, dialogue_form
from tests.pages import Browser
from tests.participation.test_disowning import ask, link_to

HOME = f"/d/{SLUG}"


@pytest.fixture
def asked(cast: Cast) -> Iterator[list[str]]:
    """Every SELECT that reads words of ideas: none for a copy."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "contribution" in statement:
            found.append(statement)

    with cast.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


class TestACopy:
    def test_is_given_to_the_next_reader(self, cast: Cast, asked: list[str]) -> None:
        reader = Browser(cast.app)
        for path in (HOME, f"{HOME}?sort=newest", f"{HOME}/ideas/{cast.idea}"):
            first = reader.client.get(path, follow_redirects=True)
            asked.clear()
            path = first.request.path + ("?sort=newest" if "?" in path else "")
            again = reader.get(path)
            assert asked == [], path
            assert again.text == first.text
            assert again.headers["X-Request-Id"] != first.headers["X-Request-Id"]
            assert again.headers["Cache-Control"] == "no-store"

    def test_is_no_copy_any_more_once_something_else_is_public(self, cast: Cast) -> None:
        reader, idea = Browser(cast.app), f"{HOME}/ideas/{cast.idea}"
        page = reader.get(reader.client.get(idea).headers.get("Location", idea))
        assert TITLE in reader.get(HOME).text
        cast.approve(cast.waiting)
        assert "hotline on pay slips" in reader.get(HOME).text
        cast.withdraw(cast.idea)
        assert TITLE not in reader.get(HOME).text
        assert reader.client.get(page.request.path).status_code == 410

    def test_ends_when_the_dialogue_closes(self, cast: Cast) -> None:
        reader = Browser(cast.app)
        moment = clock.now() + timedelta(seconds=0.5)
        with cast.writing():
            db.session.execute(
                update(Phase)
                .where(Phase.act.in_((Act.IDEA, Act.COMMENT, Act.VOTE)))
                .values(closes_at=moment)
            )
        assert "Share an idea" in reader.get(HOME).text
        while clock.now() < moment:
            pass
        assert "Share an idea" not in reader.get(HOME).text

    def test_lives_ten_seconds_at_most(
        self, cast: Cast, asked: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert copies.LONGEST <= 10
        monkeypatch.setattr(copies, "LONGEST", 0.0)
        reader = Browser(cast.app)
        reader.get(HOME)
        asked.clear()
        reader.get(HOME)
        assert asked != []

    def test_is_not_for_anybody_with_a_cookie(self, cast: Cast, asked: list[str]) -> None:
        reader, ana = Browser(cast.app), Browser(cast.app, "ana")
        reader.get(HOME)
        assert "Your activity" in ana.get(HOME).text
        asked.clear()
        assert reader.get(HOME).text != ana.get(HOME).text
        assert asked != []

    def test_is_kept_of_nothing_private_and_of_no_search(
        self, cast: Cast, asked: list[str]
    ) -> None:
        reader = Browser(cast.app)
        reader.get(f"{HOME}?q=recruiters")
        asked.clear()
        reader.get(f"{HOME}?q=recruiters")
        assert asked != []
        reader.get(HOME)
        cast.change(private=True, version=99)
        reader.get(HOME, 404)

    def test_depends_on_address_and_on_what_the_browser_takes(self, cast: Cast) -> None:
        reader = Browser(cast.app)
        plain = reader.get(HOME)
        packed = reader.client.get(HOME, headers={"Accept-Encoding": "gzip"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "Content-Encoding" not in reader.get(HOME).headers
        assert len(packed.data) < len(plain.data) / 2
        assert reader.get(f"{HOME}?sort=newest").text != plain.text

    def test_takes_no_more_room_than_there_is(self, cast: Cast) -> None:
        cast.app.wsgi_app = copies.Copies(  # type: ignore[method-assign]  # as create_app does
            cast.app.wsgi_app._application, lambda _dialogue: 1, room=60_000
        )
        reader = Browser(cast.app)
        for number in range(30):
            reader.get(f"{HOME}?any={number}")
        assert cast.app.wsgi_app._size <= 60_000


def another(cast: Cast) -> int:
    made = cast.post_idea("Another idea that is public", "In its own words.", by="ben")
    cast.approve(made)
    return made


def flag(cast: Cast, item: int) -> None:
    with cast.writing():
        flagging.flag(
            dialogue=db.session.get_one(Dialogue, cast.dialogue),
            contribution_id=item,
            user=db.session.get_one(User, cast.people["ana"]),
            given=FlagInput(FlagReason.THREATS, ""),
            now=clock.now(),
        )


def disown(cast: Cast, token: str) -> None:
    with cast.writing():
        disowning.confirm(token=token, now=clock.now())


def mailed_token(cast: Cast, item: int) -> str:
    ask(cast, f"/ideas/{item}", address("ben"))
    return link_to(cast, address("ben")).rsplit("/", 1)[-1]


def rename(cast: Cast) -> None:
    with cast.writing():
        joining.rename(
            dialogue_id=cast.dialogue, user_id=cast.people["ana"], name="Anya", now=clock.now()
        )


def lose_name(cast: Cast) -> None:
    """The step of an erasure after which published words that stay have no name any more."""
    with cast.writing():
        person = personal.person(db.session.get_one(User, cast.people["ben"]))
        erase_participants(Leaving(person, words_go=False, now=clock.now()))


def lose_words(cast: Cast) -> None:
    with cast.writing():
        person = personal.person(db.session.get_one(User, cast.people["ana"]))
        erase_contributions(Leaving(person, words_go=True, now=clock.now()))


def change_dialogue(cast: Cast) -> None:
    with cast.writing():
        form = dialogue_form(SLUG, "Another question?", clock.now())
        found = db.session.get_one(Dialogue, cast.dialogue)
        form.topics = [(str(topic.id), topic.name()) for topic in found.topics]
        form.close_reason = "More people heard of it late."
        checked = schemas.dialogue_input(form)
        editing.change_dialogue(dialogue=found, checked=checked, actor_id=None, now=clock.now())


_WHY = {"reason": "crime_claim"}
_PARTS = (Part(TITLE), Part(BODY.replace("*", "").rstrip(".")))
# Decisions about an idea, each taken back afterwards.
DEEDS: tuple[tuple[Outcome, dict[str, Any]], ...] = (
    (Outcome.HIDDEN, _WHY),
    (Outcome.OFF_TOPIC, _WHY),
    (Outcome.BINNED, _WHY),
    (Outcome.REDACTED, {"words": (("recruiters", HiddenKind.NAME),)}),
    (Outcome.SPLIT, {"parts": _PARTS}),
    (Outcome.MOVED, {"topic_id": None}),
    (Outcome.COMMENTS_CLOSED, {}),
    (Outcome.LOCKED, {}),
)


@pytest.mark.sqlite_only
class TestEveryAct:
    def test_that_changes_pages_makes_their_copies_old(self, cast: Cast) -> None:
        """The copy that another process keeps is judged by the version alone."""
        kept: list[str] = []

        def act(name: str, done: Callable[[], Any]) -> Any:
            before = version(cast)
            answer = done()
            if version(cast) <= before:
                kept.append(name)
            return answer

        for outcome, wish in DEEDS:
            made = act(outcome, partial(cast.decide, outcome, **wish))
            act(f"{outcome}, undone", partial(cast.undo, made))
        approval = act("approved", lambda: cast.approve(cast.waiting))
        act("approval undone", lambda: cast.undo(approval))
        hidden = act("comment hidden", lambda: cast.decide(Outcome.HIDDEN, cast.comment, **_WHY))
        act("comment back", lambda: cast.undo(hidden))
        union: dict[str, Any] = {"words": (("union", HiddenKind.NAME),)}
        act("comment redacted", lambda: cast.decide(Outcome.REDACTED, cast.comment, **union))
        one = another(cast)
        merge = act("merged", lambda: cast.decide(Outcome.MERGED, one, into_id=cast.idea))
        act("unmerged", lambda: cast.undo(merge))
        merge = cast.decide(Outcome.MERGED, one, into_id=cast.idea)
        act("withdrawn while merged", lambda: cast.withdraw(one))
        act("unmerged afterwards", lambda: cast.undo(merge))
        cast.edit(cast.idea, "Other words", "And more of them.")
        act("edited, read before", lambda: cast.approve(cast.idea))
        cast.change(moderation="after", flag_threshold=1)
        act("edited, read afterwards", lambda: cast.edit(cast.idea, "Once more", "More of them."))
        two = act("shown at once", lambda: cast.post_idea("A second one", "Words.", by="ben"))
        act("hidden by flags", lambda: flag(cast, two))
        three = cast.post_idea("A third one", "Words.", by="ben")
        token = mailed_token(cast, three)
        act("disowned", lambda: disown(cast, token))
        act("renamed", lambda: rename(cast))
        act("dialogue changed", lambda: change_dialogue(cast))
        act("comment withdrawn", lambda: cast.withdraw(cast.comment))
        act("a name erased", lambda: lose_name(cast))
        act("words erased", lambda: lose_words(cast))
        assert kept == []


def version(cast: Cast) -> int:
    return cast.read(lambda: db.session.get_one(Dialogue, cast.dialogue).version)


@pytest.mark.sqlite_only
class TestAStranger:
    """Who asks with made-up headers changes no copy that others are given."""

    def test_behind_a_proxy_is_answered_under_the_name_that_was_asked(
        self, cast: Cast, tmp_path: Path
    ) -> None:
        with cast.app.app_context():
            url = db.engine.url.render_as_string(hide_password=False)
        config = Config.for_tests(instance=tmp_path / "instance", database_url=url)
        config.TRUSTED_PROXIES, config.TRUSTED_HOSTS = 1, ["localhost"]
        client = create_app(config).test_client()
        assert client.get(HOME).status_code == 200
        for _ in range(2):
            strange = client.get(HOME, headers={"X-Forwarded-Host": "evil.example"})
            assert strange.status_code == 400
            assert client.get(HOME).status_code == 200

    def test_fills_no_room_with_addresses_and_headers(self, cast: Cast) -> None:
        client = cast.app.test_client()
        kept = cast.app.wsgi_app._copies
        client.get(f"{HOME}?any={'x' * 3000}")
        client.get(HOME, headers={"Accept-Language": "x" * 3000})
        client.get(HOME, headers={"If-None-Match": "x" * 3000})
        assert not kept
        client.get(HOME)
        assert len(kept) == 1


@pytest.mark.sqlite_only
class TestAFormOnACopy:
    def test_can_be_sent_by_two_people(self, cast: Cast) -> None:
        """Two readers with the same copy: each one's comment waits for their sign-in."""
        path = Browser(cast.app).client.get(f"{HOME}/ideas/{cast.idea}").headers["Location"]
        for words in ("The first reader's words.", "The second reader's words."):
            reader = Browser(cast.app)
            form = reader.form(path, holding="body")
            answer = reader.client.post(form.action, data={**form.fields, "body": words})
            assert "/account/" in answer.headers["Location"]
