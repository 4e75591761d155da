"""Nothing unapproved is visible anywhere: a word planted in every hidden text is looked for
everywhere by everybody."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select

from dialogue.kernel import clock, mail
from dialogue.kernel.db import db
from dialogue.kernel.mail import MailMessage
from dialogue.moderation.models import ModerationDecision, Outcome
from dialogue.moderation.tasks import screen
from dialogue.notifications.tasks import tell_decision
from dialogue.participation.redaction import HiddenKind
from tests.cast import OTHER_SLUG, SLUG, Cast, address, newest_wording
from tests.pages import Browser

READERS = ("", "ben", "mo")  # nobody; people who take part; staff of another dialogue
CANARY = "xylophonium"


@dataclass(frozen=True)
class Hidden:
    """A text that others must not see: how it came about, in words and in acts."""

    name: str
    make: Callable[[Cast, str], int]
    status: int  # what others are told at its address


def pending_idea(cast: Cast, word: str) -> int:
    return cast.post_idea(f"An idea about {word}", f"Words about {word}.")


def rejected_idea(cast: Cast, word: str) -> int:
    idea = pending_idea(cast, word)
    cast.reject(idea)
    return idea


def withdrawn_idea(cast: Cast, word: str) -> int:
    idea = pending_idea(cast, word)
    cast.approve(idea)
    cast.withdraw(idea)
    return idea


def withdrawn_before_publication(cast: Cast, word: str) -> int:
    idea = pending_idea(cast, word)
    cast.withdraw(idea)
    return idea


def undone_idea(cast: Cast, word: str) -> int:
    idea = pending_idea(cast, word)
    cast.undo(cast.approve(idea))
    return idea


def superseded_wording(cast: Cast, word: str) -> int:
    idea = pending_idea(cast, word)
    cast.edit(idea, "Said better", "Without that word.")
    cast.approve(idea)
    return idea


def replaced_wording(cast: Cast, word: str) -> int:
    idea = pending_idea(cast, word)
    cast.approve(idea)
    cast.edit(idea, "Said better", "Without that word.")
    cast.approve(idea)
    return idea


def waiting_edit(cast: Cast, word: str) -> int:
    cast.edit(cast.idea, f"Now about {word}", f"Words about {word}.")
    return cast.idea


def rejected_edit(cast: Cast, word: str) -> int:
    cast.edit(cast.idea, f"Now about {word}", f"Words about {word}.")
    cast.reject(cast.idea)
    return cast.idea


def hidden_afterwards(cast: Cast, word: str) -> int:
    cast.change(moderation="after")
    idea = pending_idea(cast, word)
    cast.reject(idea)
    cast.change(moderation="before")
    return idea


def in_a_draft(cast: Cast, word: str) -> int:
    idea = cast.post_idea(f"An idea about {word}", "x", slug=OTHER_SLUG)
    cast.approve(idea)
    cast.unannounce(OTHER_SLUG)
    return idea


def pending_comment(cast: Cast, word: str) -> int:
    return cast.post_comment(f"A comment about {word}", by="ana")


def rejected_comment(cast: Cast, word: str) -> int:
    comment = pending_comment(cast, word)
    cast.reject(comment)
    return comment


def withdrawn_comment(cast: Cast, word: str) -> int:
    comment = pending_comment(cast, word)
    cast.approve(comment)
    cast.withdraw(comment)
    return comment


def edited_comment(cast: Cast, word: str) -> int:
    comment = cast.post_comment("A comment", by="ana")
    cast.approve(comment)
    cast.edit(comment, "", f"Now about {word}")
    return comment


def hidden_words(cast: Cast, word: str) -> int:
    """Public, found, commented, edited; then a moderator hides the word."""
    idea = cast.post_idea(
        f"An idea about {word}", f"Ask {word}, or [write](https://{word}.example/)."
    )
    cast.approve(idea)
    cast.edit(idea, f"Still about {word}", f"*{word}* again")
    cast.approve(idea)
    cast.decide(Outcome.REDACTED, idea, words=((word, HiddenKind.NAME),))
    return idea


def hidden_words_of_a_merged_idea(cast: Cast, word: str) -> int:
    idea = cast.post_idea(f"An idea about {word}", f"Ask {word}.")
    cast.approve(idea)
    cast.decide(Outcome.MERGED, idea, into_id=cast.idea)
    cast.decide(Outcome.REDACTED, idea, words=((word, HiddenKind.NAME),))
    return idea


def binned_comment(cast: Cast, word: str) -> int:
    comment = cast.post_comment(f"A comment about {word}", by="ana")
    cast.approve(comment)
    cast.decide(Outcome.BINNED, comment, reason="crime_claim")
    return comment


HIDDEN = (
    Hidden("a pending idea", pending_idea, 404),
    Hidden("a rejected idea", rejected_idea, 404),
    Hidden("a withdrawn idea", withdrawn_idea, 410),
    Hidden("an idea withdrawn before publication", withdrawn_before_publication, 404),
    Hidden("an idea whose approval was undone", undone_idea, 404),
    Hidden("a wording replaced before publication", superseded_wording, 200),
    Hidden("a wording replaced after publication", replaced_wording, 200),
    Hidden("an edit that waits", waiting_edit, 200),
    Hidden("an edit that was rejected", rejected_edit, 200),
    Hidden("an idea hidden after publication", hidden_afterwards, 410),
    Hidden("an idea in a draft", in_a_draft, 404),
    Hidden("a pending comment", pending_comment, 404),
    Hidden("a rejected comment", rejected_comment, 404),
    Hidden("a withdrawn comment", withdrawn_comment, 404),
    Hidden("an edit of a comment that waits", edited_comment, 200),
    Hidden("words hidden by a moderator", hidden_words, 200),
    Hidden("hidden words of a merged idea", hidden_words_of_a_merged_idea, 200),
    Hidden("a comment in the bin", binned_comment, 404),
)


def pages(cast: Cast, one: int) -> list[str]:
    """Every address where a contribution could come to light."""
    place = cast.contribution(one)
    slug = SLUG if place.dialogue_id == cast.dialogue else OTHER_SLUG
    idea = place.idea_id or one
    return [
        "/",
        "/d/",
        "/me",
        f"/d/{slug}",
        f"/d/{slug}/about",
        *(f"/d/{slug}?sort={sort}" for sort in ("mix", "newest", "discussed", "agreed")),
        f"/d/{slug}?topic=training",
        f"/d/{slug}?q={CANARY}",
        f"/d/{slug}?q={CANARY[:6]}&sort=newest",
        f"/d/{slug}/ideas/{idea}",
        f"/d/{slug}/ideas/{idea}-an-idea-about-{CANARY}",
        f"/d/{slug}/ideas/{idea}?comments=newest",
        f"/d/{slug}/ideas/{idea}?reply={one}",
        f"/d/{slug}/ideas/{idea}/vote",
        f"/d/{slug}/ideas/{idea}/edit",
        f"/d/{slug}/ideas/{idea}/withdraw",
        f"/d/{slug}/comments/{one}/edit",
        f"/d/{slug}/comments/{one}/withdraw",
        f"/d/{slug}/reports/",
        f"/c/{one}",
        f"/d/{slug}/ideas/{idea}/history",
        f"/d/{slug}/comments/{one}/history",
        f"/d/{slug}/ideas/{idea}/feed.atom",
        f"/d/{slug}/feed.atom",
        f"/d/{slug}/ideas.csv",
        f"/d/{slug}/one-by-one",
        "/search?q=about",
        "/mod/log",
        f"/d/{OTHER_SLUG if slug == SLUG else SLUG}/ideas/{idea}",
        "/mod/queue",
        "/metrics",
        "/me/drafts",
        "/me/drafts/1",
        "/me/drafts/1.txt",
    ]


def traces(cast: Cast, browser: Browser, one: int) -> list[str]:
    """The pages on which the planted word shows, redirects followed."""
    found = []
    for path in pages(cast, one):
        answer = browser.client.get(path, follow_redirects=True)
        asked = r"value=\"[^\"]*\"|(?:href|action)=\"[^\"]*\"|<link[^>]*>"
        page = re.sub(asked, "", answer.text)
        page = page.replace(f"“{CANARY}”", "").replace(f"“{CANARY[:6]}”", "")
        is_own_address = CANARY in path
        if CANARY in (page if not is_own_address else page.replace(path, "")):
            found.append(path)
    return found


@pytest.mark.sqlite_only
class TestAHiddenText:
    @pytest.mark.parametrize("hidden", HIDDEN, ids=lambda hidden: hidden.name)
    def test_shows_nowhere_to_others(self, cast: Cast, hidden: Hidden) -> None:
        one = hidden.make(cast, CANARY)
        place = cast.contribution(one)
        for name in READERS:
            if hidden.name == "an idea in a draft" and name in {"mo", "oz"}:
                continue  # its own staff
            browser = Browser(cast.app, name)
            found = traces(cast, browser, one)
            if hidden.make is replaced_wording:  # what was public once stays in the history
                found.remove(f"/d/{SLUG}/ideas/{one}/history")
            assert found == [], (hidden.name, name)
            slug = SLUG if place.dialogue_id == cast.dialogue else OTHER_SLUG
            path = f"/d/{slug}/ideas/{one}" if place.kind == "idea" else f"/c/{one}"
            answer = browser.client.get(path, follow_redirects=True)
            assert answer.status_code == hidden.status, (hidden.name, name)

    @pytest.mark.parametrize(
        "make", [pending_idea, rejected_idea, pending_comment, rejected_comment, waiting_edit]
    )
    def test_shows_to_its_author_with_its_state(
        self, cast: Cast, make: Callable[[Cast, str], int]
    ) -> None:
        one = make(cast, CANARY)
        ana = Browser(cast.app, "ana")
        found = traces(cast, ana, one)
        assert "/me" in found
        if make is not waiting_edit:
            place = cast.contribution(one)
            assert f"/d/{SLUG}/ideas/{place.idea_id or one}" in found
        assert f"/d/{SLUG}" not in found
        assert not [path for path in found if "?q=" in path]

    def test_goes_into_no_mail_to_anybody_else(self, cast: Cast) -> None:
        """Decisions are told to the author alone."""
        idea = rejected_idea(cast, CANARY)
        with cast.app.app_context():
            revision = newest_wording(idea).id
        with cast.app.app_context():
            screen(idea, revision)
            tell_decision(_last_decision(cast))
        with cast.app.app_context():
            for letter in db.session.scalars(select(MailMessage)):
                if CANARY in letter.text + letter.subject:
                    assert letter.to == address("ana")
                    assert letter.due_at > clock.now() + timedelta(minutes=9)
            sent = mail.send_due(cast.app.config["MAIL_URL"], "a@b.example", "Site", clock.now())
        assert sent == 0


def _last_decision(cast: Cast) -> int:
    with cast.app.app_context():
        found = db.session.scalar(
            select(ModerationDecision.id).order_by(ModerationDecision.id.desc()).limit(1)
        )
    assert found is not None
    return found


@pytest.mark.sqlite_only
class TestAPreview:
    def test_stores_nothing_but_the_writers_own_draft(self, cast: Cast) -> None:
        for name in ("", "ana"):
            browser = Browser(cast.app, name)
            path = f"/d/{SLUG}/ideas/new"
            form = browser.form(path, holding="title")
            words = {"title": CANARY, "body": f"**{CANARY}** https://example.org/{CANARY}"}
            page = browser.send(form, 200, button=("step", "preview"), topic="none", **words).text
            assert f"<strong>{CANARY}</strong>" in page
        with cast.app.app_context():
            for table in db.metadata.sorted_tables:
                rows = db.session.execute(select(table)).all()
                assert (CANARY in str(rows)) == (table.name == "draft"), table.name
        for name in READERS:
            browser = Browser(cast.app, name)
            assert traces(cast, browser, cast.idea) == [], name
