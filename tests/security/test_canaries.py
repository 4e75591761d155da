"""A word of its own is planted in every hidden state; then everything that the product gives out is
searched for it: every route as every role, feeds, search, mails, exports, reports, caches, logs.

What each role may see of a state stands in MAY_SEE; whatever it does not name is a leak. The last
test prints which representations were searched, how many answers, and the hits.
"""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from dialogue.accounts.commands import leaving
from dialogue.accounts.models import User
from dialogue.dialogues.models import Dialogue
from dialogue.kernel import clock, mail
from dialogue.kernel.db import Base, db, transaction
from dialogue.kernel.mail import MailMessage
from dialogue.moderation.models import Outcome
from dialogue.participation.commands import drafts
from dialogue.participation.drafts import Pen, Place, Words
from dialogue.participation.models import Contribution, Kind
from dialogue.participation.redaction import HiddenKind
from dialogue.reports import build, reading
from dialogue.reports.render.formats import render
from dialogue.reports.render.kinds import FORMATS, Circumstances
from tests.cast import OTHER_SLUG, SLUG, TITLE, Cast, address
from tests.pages import Browser
from tests.parts.reactions import react
from tests.security.crawl import Answer, crawl, read

# Nobody, somebody who takes part, the author, the moderator and the officer of another dialogue,
# the moderator of this one, the administrator.
ROLES = ("", "ben", "ana", "mo", "lee", "oz", "ada")
# Each test run asks as three of them; `make drills` as all.
if os.environ.get("DIALOGUE_CANARIES") != "all":
    ROLES = ("", "ben", "lee")
GONE = frozenset({"redacted", "erased"})  # from every row, not only from sight
STAFF_OF_WORDS = frozenset({"lee", "ada"})  # read what waits and what they decided about


@dataclass
class Planted:
    """One hidden state: how it came about, its words, and who may meet them where."""

    state: str
    words: list[str] = field(default_factory=list)


def planted(cast: Cast) -> list[Planted]:
    """Ana writes in every way that hides words; each word is made up and used once."""
    chance = random.Random(20261125)
    states: list[Planted] = []

    def word(state: str) -> str:
        if not states or states[-1].state != state:
            states.append(Planted(state))
        made = "q" + "".join(chance.choice("bcdfghjklmnpqrstvwxz") for _ in range(11))
        states[-1].words.append(made)
        return made

    def idea(state: str) -> int:
        return cast.post_idea(f"About {word(state)}", f"Words with {word(state)} in them.")

    idea("waiting")
    cast.reject(idea("rejected"))
    shown = idea("withdrawn")
    cast.approve(shown)
    cast.withdraw(shown)
    cast.withdraw(idea("withdrawn before anybody read it"))
    cast.undo(cast.approve(idea("approval undone")))
    replaced = idea("wording replaced while it waited")
    cast.edit(replaced, "Said better", "Without it.")
    cast.approve(replaced)
    cast.edit(
        cast.idea, f"Now {word('edit that waits')}", f"Words with {word('edit that waits')} now."
    )
    other = cast.post_idea("Another idea", "Public words.")
    cast.approve(other)
    cast.edit(other, f"Now {word('rejected edit')}", f"And {word('rejected edit')}.")
    cast.reject(other)
    cast.decide_waiting(Outcome.RETURNED, idea("returned"), note="Say where, please.")
    for state, outcome in (("hidden", Outcome.HIDDEN), ("in the bin", Outcome.BINNED)):
        one = idea(state)
        cast.approve(one)
        cast.decide(outcome, one, reason="crime_claim")
    comment = cast.post_comment(f"Comment {word('waiting comment')}", by="ana")
    comment = cast.post_comment(f"Comment {word('hidden comment')}", by="ana")
    cast.approve(comment)
    cast.decide(Outcome.HIDDEN, comment, reason="crime_claim")
    on_gone = cast.post_idea("Gone soon", "x")
    cast.approve(on_gone)
    comment = cast.post_comment(f"Comment {word('comment on a hidden idea')}", on=on_gone, by="ana")
    cast.approve(comment)
    cast.decide(Outcome.HIDDEN, on_gone, reason="crime_claim")
    elsewhere = cast.post_idea(f"A {word('unannounced dialogue')}", "x", slug=OTHER_SLUG)
    cast.approve(elsewhere)
    cast.unannounce(OTHER_SLUG)
    for kind in (Kind.IDEA, Kind.COMMENT):
        _draft(cast, word("draft"), kind)
    _redacted(cast, word)
    _erased(cast, word)
    return states


def _draft(cast: Cast, word: str, kind: Kind, by: str = "ana") -> None:
    place = Place(cast.dialogue, kind, idea_id=cast.idea if kind == Kind.COMMENT else None)
    with cast.app.test_request_context(), transaction():
        drafts.save(
            user_id=cast.people[by],
            place=place,
            words=Words(title=f"Draft {word}" if kind == Kind.IDEA else "", body=f"And {word}."),
            pen=Pen.new(),
            now=clock.now(),
        )


def _redacted(cast: Cast, word: Callable[[str], str]) -> None:
    """Words hidden before publication, in public words, in an earlier wording, in a comment."""
    state = "redacted"
    name = word(state)
    one = cast.post_idea(f"Ask {name} about it", f"Call {name} at once, or **{name}**.")
    cast.decide_waiting(Outcome.REDACTED, one, words=((name, HiddenKind.NAME),))
    name = word(state)
    two = cast.post_idea(f"They call {name} here", f"We know {name} well.")
    cast.approve(two)
    cast.edit(two, "They call somebody here", "We know them well.")
    cast.approve(two)
    cast.edit(two, "They call somebody here", f"Again {name}.")
    cast.approve(two)
    cast.decide(Outcome.REDACTED, two, words=((name, HiddenKind.NAME),))
    name = word(state)
    comment = cast.post_comment(f"I met {name} there.", by="ana")
    cast.approve(comment)
    cast.decide(Outcome.REDACTED, comment, words=((name, HiddenKind.NAME),))


def _erased(cast: Cast, word: Callable[[str], str]) -> None:
    """Ola's words, public and not, her draft and her name: she leaves and takes her words along."""
    state = "erased"
    name = word(state)
    with cast.writing():
        user = db.session.get_one(User, cast.people["ola"])
        user.display_name, user.name_folded, user.email = name, name, f"{name}@people.example"
        user.email_folded = user.email
    one = cast.post_idea(f"Hers {word(state)}", f"Hers {word(state)}.", by="ola")
    cast.approve(one)
    cast.edit(one, f"Hers again {word(state)}", "Yes.")
    comment = cast.post_comment(f"Hers {word(state)}", by="ola")
    cast.approve(comment)
    cast.post_idea(f"Hers waits {word(state)}", "Yes.", by="ola")
    _draft(cast, word(state), Kind.IDEA, by="ola")
    with cast.writing():
        leaving.begin(
            user=db.session.get_one(User, cast.people["ola"]), words_go=True, now=clock.now()
        )


def may_see(state: str, role: str, path: str) -> bool:
    """Tell whether this role may meet words of this state at this address."""
    if state in GONE:
        return False  # the original is sealed: whoever looks at it says so in a form
    if role == "ana":  # her own, on her own pages and at its own address
        return True
    if state == "draft":
        return False
    if state == "unannounced dialogue" and role in {"mo", "oz", "ada"}:
        return True  # its own staff prepare it
    shown = path.rpartition(" → ")[2]  # where one is led to is what one sees
    return role in STAFF_OF_WORDS and shown.startswith("/mod")


@pytest.fixture
def world(app: Flask, cast: Cast) -> tuple[Cast, list[Planted]]:
    states = planted(cast)
    react(cast.app)
    return cast, states


class Search:
    """Looks for every planted word and counts where it looked."""

    def __init__(self, states: list[Planted]) -> None:
        self._state_of = {word: one.state for one in states for word in one.words}
        self._any = re.compile("|".join(self._state_of))
        self.looked: Counter[str] = Counter()
        self.hits: list[tuple[str, str, str]] = []

    @property
    def states(self) -> frozenset[str]:
        return frozenset(self._state_of.values())

    @property
    def words(self) -> list[str]:
        return list(self._state_of)

    def page(self, role: str, answer: Answer) -> None:
        self.looked[f"pages and files as {role or 'nobody'}"] += 1
        said = answer.text
        for word in set(self._any.findall(answer.path)):
            # What a person looks for, the page says again: as a value, in a title, in a link.
            said = re.sub(rf"“?{word}”?|{word[:6]}", "", said)
        for word in set(self._any.findall(said)):
            state = self._state_of[word]
            if not may_see(state, role, answer.path):
                self.hits.append((state, role or "nobody", answer.path))

    def text(self, where: str, text: str, *, but: frozenset[str] = frozenset()) -> None:
        self.looked[where] += 1
        for word in set(self._any.findall(text)):
            if self._state_of[word] not in but:
                self.hits.append((self._state_of[word], where, word))


@pytest.mark.sqlite_only
class TestCanaries:
    def test_come_to_light_nowhere(
        self, world: tuple[Cast, list[Planted]], capfd: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        cast, states = world
        search = Search(states)
        some = [one.words[0] for one in states]
        for role in ROLES:
            browser = Browser(cast.app, role)
            for answer in crawl(browser, some, is_staff=role in STAFF_OF_WORDS):
                assert answer.status < 500 or answer.path == "/readyz", (role, answer.path)
                search.page(role, answer)
        self._mails(cast, search)
        self._tables(cast, search)
        self._reports(cast, search)
        self._exports(cast, search, tmp_path)
        self._copies(cast, search)
        search.text("log", capfd.readouterr().err)
        self._files(cast, search)
        with capfd.disabled():
            print(f"\n{len(search.words)} words in {len(states)} hidden states")
            for where, number in sorted(search.looked.items()):
                print(f"  {where}: {number}")
            print(f"  hits: {len(search.hits)}")
        found = sorted(set(search.hits))
        assert not found, "\n".join(map(str, found))

    def _mails(self, cast: Cast, search: Search) -> None:
        with cast.app.app_context():
            mail.send_due(cast.app.config["MAIL_URL"], "a@b.example", "Site", clock.now())
            for letter in db.session.scalars(select(MailMessage)):
                own = letter.to == address("ana")
                but = search.states - GONE if own else frozenset()
                search.text("mails", f"{letter.subject}\n{letter.text}", but=but)

    def _tables(self, cast: Cast, search: Search) -> None:
        """Redacted words are in no row of any table; hidden ones in no index."""
        with cast.app.app_context():
            for table in Base.metadata.sorted_tables:
                rows = str(db.session.execute(select(table)).all())
                index = table.name in {"idea_word", "word_neighbour", "audit_entry", "audit_note"}
                but = frozenset() if index else search.states - GONE
                but |= {"unannounced dialogue"}  # of which the words are public to its staff
                search.text("tables", rows, but=but)
            for (name,) in db.session.connection().exec_driver_sql(
                "SELECT name FROM sqlite_master WHERE name LIKE 'search_%' AND type = 'table'"
            ):
                rows = str(db.session.connection().exec_driver_sql(f"SELECT * FROM {name}").all())
                # Who reads the index asks besides whether the idea and its dialogue are public.
                but = frozenset({"unannounced dialogue", "comment on a hidden idea"})
                search.text("search index", rows, but=but)

    def _reports(self, cast: Cast, search: Search) -> None:
        with cast.app.app_context():
            found = reading.read_snapshot(_dialogue(cast), clock.now())
            document = build.build(found)
            for kind in (*FORMATS, "html"):
                content = render(document, kind, Circumstances(1, "Site"))
                mime = "application/pdf" if kind == "pdf" else kind
                text = read(content, mime)
                assert kind in {"xlsx", "csv", "zip"} or TITLE in " ".join(text.split()), kind
                search.text(f"report as {kind}", text)

    def _exports(self, cast: Cast, search: Search, folder: Path) -> None:
        runner = cast.app.test_cli_runner()
        done = runner.invoke(args=["export", "polis", SLUG, "--out", str(folder / "polis")])
        assert done.exit_code == 0, done.output
        for path in (folder / "polis").iterdir():
            search.text("export for Pol.is", path.read_text("utf-8"))

    def _copies(self, cast: Cast, search: Search) -> None:
        copies: Any = cast.app.wsgi_app
        for kept in copies._copies.values():
            search.text("copies for readers", read(kept.body, "text/html"))

    def _files(self, cast: Cast, search: Search) -> None:
        """Every file of the instance but the database, where words wait and are kept, and the
        mails, which are in their readers' hands."""
        for path in sorted(cast.app.config["INSTANCE"].rglob("*")):
            if path.is_file() and "sqlite3" not in path.name and path.suffix != ".eml":
                search.text("files of the instance", path.read_text("utf-8", "replace"))


def _dialogue(cast: Cast) -> Any:
    found = db.session.get_one(Contribution, cast.idea)
    return db.session.get_one(Dialogue, found.dialogue_id)
