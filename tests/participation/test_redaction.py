"""Hiding words: nothing left in halves, nothing left anywhere, everything back on undo."""

from __future__ import annotations

import json
import stat
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import inspect, select, text

from dialogue.kernel import clock, mail
from dialogue.kernel.db import db, transaction
from dialogue.kernel.errors import Conflict, FieldErrors, NotFound
from dialogue.moderation.models import ModerationDecision, Outcome
from dialogue.participation import schemas
from dialogue.participation.commands import redacting
from dialogue.participation.commands.redacting import Place
from dialogue.participation.drafts import Draft
from dialogue.participation.models import Contribution, Revision, SealedText
from dialogue.participation.queries import integrity
from dialogue.participation.redaction import HiddenKind, Span, grown, hidden
from tests.cast import Cast, newest_wording
from tests.participation import recount

PHONE = HiddenKind.PHONE
CANARY = "Quentin Zellweger-Ortiz"
TITLE = f"Ask {CANARY} for the list"
BODY = (
    f"His number is (202) 555-0177, and *{CANARY}* answers.\n\n"
    "See [his page](https://zellweger.example/q), or write quentin@zellweger.example."
)
SECRETS = ("zellweger", "quentin", "555-0177", "0177")


def stretch(source: str, words: str) -> tuple[int, int]:
    start = source.index(words)
    return start, start + len(words)


def everything(cast: Cast) -> str:
    """Every value of every table but the sealed one, as text, folded."""

    def read() -> str:
        names = [n for n in inspect(db.engine).get_table_names() if n != "sealed_text"]
        skipped = ("_data", "_idx", "_docsize", "_config", "_content")  # of the search engine
        rows = [
            str(tuple(row))
            for name in sorted(names)
            if not name.endswith(skipped)
            for row in db.session.execute(text(f"SELECT * FROM {name}"))
        ]
        return "\n".join(rows).casefold()

    return cast.read(read)


class TestSpans:
    @pytest.mark.parametrize(
        ("source", "chosen", "goes"),
        [
            ("Call **Maria Lopez** now", "Maria", "**Maria Lopez**"),
            ("Call **Maria Lopez** now", "Call **Ma", "Call **Maria Lopez**"),
            ("Call **Maria Lopez the boss** now", "Lopez", "Lopez"),
            ("See [Maria's](http://x.y/m(1) 'T)') now", "ria", "[Maria's](http://x.y/m(1) 'T)')"),
            ("See https://x.y/maria?q=1, now", "maria", "https://x.y/maria?q=1"),
            ("See <https://x.y/maria> now", "x.y", "<https://x.y/maria>"),
            ("Code `tel 555 x` now", "555", "`tel 555 x`"),
            ("Hi 👩‍👩‍👧‍👦 there", "👧", "👩‍👩‍👧‍👦"),
            ("Hi 👍🏽 there", "👍", "👍🏽"),
            ("From 🇺🇸🇲🇽 to", "🇸🇲", "🇺🇸🇲🇽"),
            ("A cafe\u0301 here", "cafe", "cafe\u0301"),
            ("> - a _b c_ d\n>   e f", "c_ d\n>   e", "_b c_ d\n>   e"),
            ("Stars \\*555\\* here", "*555", "\\*555"),
            ("  spaces  ", " spaces ", "spaces"),
        ],
    )
    def test_grow_over_what_they_would_cut(self, source: str, chosen: str, goes: str) -> None:
        (span,) = grown(source, [Span(*stretch(source, chosen), PHONE)], marked=True)
        assert source[span.start : span.end] == goes

    def test_of_two_that_overlap_the_first_names_the_kind(self) -> None:
        spans = [Span(6, 11, HiddenKind.OTHER), Span(0, 7, HiddenKind.NAME)]
        assert grown("Maria Lopez says", spans, marked=True) == [Span(0, 11, HiddenKind.NAME)]

    @given(
        st.text(alphabet="ab *_`[](<>)\\1\n👍🏽\u200d🇺🇸>-.é/:", max_size=40),
        st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=4),
    )
    def test_leave_whole_text_whatever_they_are(
        self, source: str, places: list[tuple[int, int]]
    ) -> None:
        """In order, apart, covering what was chosen; growing twice grows no further."""
        chosen = [
            Span(min(a, b), max(a, b))
            for a, b in places
            if a != b and max(a, b) <= len(source) and source[min(a, b) : max(a, b)].strip()
        ]
        spans = grown(source, chosen, marked=True)
        assert all(one.end < other.start for one, other in pairwise(spans))
        for one in chosen:
            words = source[one.start : one.end].strip()
            assert any(words in source[span.start : span.end] for span in spans)
        assert grown(source, spans, marked=True) == spans


class TestHiding:
    @pytest.fixture
    def idea(self, cast: Cast) -> int:
        """An idea with personal details in every place that keeps words."""
        idea = cast.post_idea(f"Earlier: {TITLE}", f"Earlier. {BODY}")
        cast.edit(idea, TITLE, BODY)
        cast.approve(idea)
        cast.edit(idea, f"Later: {TITLE}", f"Later. {BODY}")
        with cast.writing():
            found = db.session.get_one(Contribution, idea)
            db.session.add(
                Draft(
                    user_id=cast.people["ana"],
                    dialogue_id=cast.dialogue,
                    kind="idea",
                    contribution_id=idea,
                    opened="o",
                    writer="w",
                    version=1,
                    title=f"Draft: {TITLE}",
                    body=BODY,
                    created_at=clock.now(),
                    saved_at=clock.now(),
                )
            )
            mail.queue(
                "ben@people.example",
                f"About {found.title}",
                f"Somebody wrote: {BODY}",
                key="quoting",
                now=clock.now(),
                due_at=clock.now() + timedelta(hours=1),
            )
        return idea

    def hide(self, cast: Cast, idea: int) -> int:
        source = cast.contribution(idea)
        revision = cast.read(
            lambda: db.session.get_one(Revision, source.published_revision_id).source
        )
        return cast.decide(
            Outcome.REDACTED,
            idea,
            places=(
                Place("body", *stretch(revision, "(202) 555-0177"), PHONE),
                Place("body", *stretch(revision, "his page"), HiddenKind.OTHER),
            ),
            words=(
                (CANARY, HiddenKind.NAME),
                ("quentin@zellweger.example", HiddenKind.EMAIL),
            ),
        )

    def test_leaves_the_words_nowhere(self, cast: Cast, idea: int) -> None:
        before = everything(cast)
        assert all(secret in before for secret in SECRETS)
        self.hide(cast, idea)
        after = everything(cast)
        left = {secret for secret in SECRETS if secret in after}
        assert left == set(), [line for line in after.split("\n") if any(s in line for s in left)]
        assert cast.read(recount.problems) == []
        assert cast.read(lambda: integrity.altered({}, None)) == []

    def test_shows_a_placeholder_for_each(self, cast: Cast, idea: int) -> None:
        self.hide(cast, idea)
        shown = cast.contribution(idea)
        assert shown.title == "Ask [name removed by a moderator] for the list"
        assert (
            '<span class="removed">[phone number removed by a moderator]</span>' in shown.fragment
        )
        assert shown.fragment.count("removed by a moderator") == 4
        assert (shown.state, shown.edited_at) == ("published", None)

    def test_puts_everything_back(self, cast: Cast, idea: int) -> None:
        def words() -> object:
            names = ("id", "number", "state", "title", "source", "html", "plain", "sha256")
            every = db.session.scalars(
                select(Revision).where(Revision.contribution_id == idea).order_by(Revision.id)
            )
            links = db.session.execute(text("SELECT id, url FROM external_link")).all()
            found = db.session.get_one(Contribution, idea)
            return (
                [[getattr(one, name) for name in names] for one in every],
                sorted(map(tuple, links)),
                (found.title, found.fragment, found.published_revision_id, found.published_at),
                db.session.scalars(select(Draft.body)).all(),
            )

        before = cast.read(words)
        hidden_words = self.hide(cast, idea)
        assert cast.read(words) != before
        cast.undo(hidden_words)
        assert cast.read(words) == before
        assert cast.read(lambda: db.session.scalars(select(SealedText)).all()) == []
        assert cast.read(recount.problems) == []

    def test_keeps_an_edit_waiting_with_the_words_gone(self, cast: Cast, idea: int) -> None:
        self.hide(cast, idea)
        waiting = cast.read(lambda: newest_wording(idea))
        assert (waiting.state, waiting.title) == (
            "waiting",
            "Later: Ask [name removed by a moderator] for the list",
        )
        cast.approve(idea)
        assert cast.contribution(idea).title.startswith("Later")

    def test_of_what_waits_publishes_it(self, cast: Cast) -> None:
        comment = cast.post_comment("Call me: 202-555-0177")
        made = cast.decide_waiting(Outcome.REDACTED, comment, places=(Place("body", 9, 21, PHONE),))
        shown = cast.contribution(comment)
        assert (shown.listed, shown.excerpt) == (
            True,
            "Call me: [phone number removed by a moderator]",
        )
        cast.undo(made)
        again = cast.contribution(comment)
        assert (again.state, again.listed, again.fragment) == ("pending", False, "")
        assert cast.read(lambda: newest_wording(comment).source) == "Call me: 202-555-0177"

    def test_seals_the_original_with_a_key_of_its_own(self, cast: Cast, idea: int) -> None:
        made = self.hide(cast, idea)
        row = cast.read(lambda: db.session.scalars(select(SealedText)).one())
        assert not any(secret in row.sealed.casefold() for secret in SECRETS)
        key = Path(cast.app.config["INSTANCE"]) / "sealing.key"
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert (TITLE, BODY) in cast.read(lambda: redacting.originals(row))
        decision = cast.read(lambda: db.session.get_one(ModerationDecision, made))
        noted = json.dumps([decision.facts, decision.spans]).casefold()
        assert not any(secret in noted for secret in SECRETS)

    def test_destroys_the_original_on_its_day(self, cast: Cast, idea: int) -> None:
        made = self.hide(cast, idea)
        later = clock.now() + timedelta(days=cast.app.config["SEALED_TEXT_DAYS"])
        with cast.app.app_context(), transaction():
            assert redacting.purge(now=later - timedelta(minutes=1)) == []
            assert redacting.purge(now=later + timedelta(minutes=1)) == [idea]
        with pytest.raises(Conflict, match="destroyed"):
            cast.undo(made)

    @pytest.mark.parametrize(
        ("places", "words"),
        [
            ((), ()),
            ((Place("body", 5, 5, PHONE),), ()),
            ((Place("body", -1, 3, PHONE),), ()),
            ((Place("body", 0, 10_000, PHONE),), ()),
            ((Place("title", 3, 2, PHONE),), ()),
            ((), (("nobody of that name", HiddenKind.NAME),)),
            ((), (("   ", HiddenKind.NAME),)),
        ],
    )
    def test_refuses_what_does_not_stand_there(
        self, cast: Cast, places: tuple[Place, ...], words: tuple[tuple[str, HiddenKind], ...]
    ) -> None:
        before = cast.contribution(cast.idea).version
        with pytest.raises(FieldErrors):
            cast.decide(Outcome.REDACTED, places=places, words=words)
        assert cast.contribution(cast.idea).version == before

    def test_is_too_late_for_what_was_withdrawn(self, cast: Cast) -> None:
        cast.withdraw(cast.idea)
        with pytest.raises(Conflict):
            cast.decide(Outcome.REDACTED, places=(Place("title", 0, 5, PHONE),))
        with pytest.raises(NotFound):
            cast.decide(Outcome.REDACTED, cast.waiting, places=(Place("title", 0, 5, PHONE),))

    def test_keeps_brackets_from_becoming_a_link(self, cast: Cast) -> None:
        source = "Call 555-0177(cell)"
        written = hidden(source, [Span(5, 13, PHONE)], "en", marked=True)
        html = cast.read(lambda: schemas.preview(written).html)
        assert html == "<p>Call [phone number removed by a moderator](cell)</p>"
