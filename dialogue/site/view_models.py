"""What the public pages show of a dialogue, as flat values that templates read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from dialogue.dialogues import schedule
from dialogue.dialogues.models import Act, Dialogue
from dialogue.dialogues.queries import dialogue_by_id
from dialogue.kernel import copies
from dialogue.participation import addresses


@dataclass(frozen=True)
class DialogueView:
    """A dialogue on a page."""

    url: str
    name: str
    question: str
    lede: str
    lang: str
    state: str
    agency: str
    announced_at: datetime | None
    opens_at: datetime | None
    closes_at: datetime | None
    report_by: datetime | None
    reply_by: datetime | None
    archived_at: datetime | None
    hours_left: int | None
    why: str
    changes: str
    who: str
    people: int
    ideas: int
    comments: int
    votes: int
    results_shown: str
    vote_kind: str
    may_post: bool
    open: bool


def dialogue_view(dialogue: Dialogue, now: datetime, *, agency: str = "") -> DialogueView:
    """Return what a page shows of `dialogue` at `now`."""
    text = dialogue.text(dialogue.language)
    state = schedule.state_of(dialogue, now)
    closes = schedule.last_close(dialogue)
    announced = dialogue.phase(Act.ANNOUNCE)
    left = int((closes - now) / timedelta(hours=1)) if closes and closes > now else None
    return DialogueView(
        url=addresses.dialogue_url(dialogue.slug),
        name=text.short_name,
        question=text.question,
        lede=text.lede,
        lang=text.language,
        state=state,
        agency=agency,
        announced_at=announced.opens_at if announced else None,
        opens_at=schedule.first_opening(dialogue),
        closes_at=closes,
        report_by=schedule.closes_at(dialogue, Act.REPORT),
        reply_by=schedule.closes_at(dialogue, Act.REPLY),
        archived_at=dialogue.archived_at,
        hours_left=left,
        why=first_paragraph(text.why),
        changes=first_paragraph(text.changes),
        who=first_paragraph(text.who),
        people=dialogue.people_active,
        ideas=dialogue.ideas_published,
        comments=dialogue.comments_published,
        votes=dialogue.votes_cast,
        results_shown=dialogue.results,
        vote_kind=dialogue.vote_kind,
        may_post=schedule.is_open(dialogue, Act.IDEA, now),
        open=schedule.is_open(dialogue, Act.VOTE, now),
    )


def may_keep_copy(dialogue: Dialogue, now: datetime) -> None:
    """Say of this page of a dialogue that other readers may be given a copy of it."""
    until = schedule.next_moment(dialogue, now)
    copies.may_keep(copies.Subject(dialogue.id, dialogue.version, until))


def first_paragraph(source: str) -> str:
    """Return the first paragraph of an agency's text: the short form on the home page."""
    return source.strip().split("\n\n")[0].replace("\n", " ")


def dialogue_name(dialogue_id: int) -> str:
    """Return the short name of a dialogue."""
    dialogue = dialogue_by_id(dialogue_id)
    return dialogue.text(dialogue.language).short_name
