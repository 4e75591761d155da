"""What a notice says, in a sentence, and where it leads. Words of people come from what the public
can read at this moment (queries/notices.py)."""

from __future__ import annotations

from datetime import datetime

from flask import g
from flask_babel import gettext as _

from dialogue.dialogues.models import Dialogue
from dialogue.kernel import templating
from dialogue.notifications.letters import DECISIONS
from dialogue.notifications.models import Event
from dialogue.notifications.queries.notices import Told
from dialogue.participation.addresses import comment_url, dialogue_url, flag_url, idea_url


def sentence(told: Told, language: str) -> str:
    """Return what happened, in the present language; `language` chooses the agency's texts."""
    row, dialogue = told.row, told.dialogue
    name = dialogue.text(language).short_name
    match Event(row.event):
        case Event.REPLY_POSTED:
            return _("%(name)s replied to you on “%(title)s”", name=row.author, title=row.title)
        case Event.COMMENT_POSTED:
            return _("%(name)s commented on “%(title)s”", name=row.author, title=row.title)
        case Event.IDEA_POSTED:
            return _("New idea: “%(title)s”", title=row.title)
        case Event.MERGED:
            return _(
                "Idea %(number)s, which you follow, now counts with “%(title)s”",
                number=row.detail["merged"],
                title=row.title,
            )
        case Event.DECIDED:
            said = DECISIONS[row.detail["outcome"]]
            return str(said.idea if row.contribution_id == row.idea_id else said.comment)
        case Event.FLAG_ANSWERED:
            return _flag_answered(told)
        case Event.IDEA_JOINED:
            return _("Another idea was merged into “%(title)s”: both count as one", title=row.title)
        case Event.OPENED:
            return _("“%(dialogue)s” is open", dialogue=name)
        case Event.CLOSING:
            closes = moment(row.detail["closes_at"], dialogue)
            return _("“%(dialogue)s” closes on %(moment)s", dialogue=name, moment=closes)
        case Event.EXTENDED:
            return _extended(told, name)
        case Event.CLOSED:
            return _("“%(dialogue)s” is closed. We are reading what you sent.", dialogue=name)
        case Event.REPORT_PUBLISHED:
            return _("The report on “%(dialogue)s” is published", dialogue=name)


def address(told: Told) -> str:
    """Return the page that a notice leads to."""
    row, slug = told.row, told.dialogue.slug
    if row.event == Event.DECIDED:
        return idea_url(slug, row.idea_id or 0, row.slug or "") if _is_own_page(told) else "/me"
    if row.event == Event.FLAG_ANSWERED:
        kind = "idea" if row.contribution_id == row.idea_id else "comment"
        return flag_url(slug, kind, row.contribution_id or 0)
    if row.event == Event.REPORT_PUBLISHED:
        return f"{dialogue_url(slug)}/reports/{row.detail['number']}"
    if row.event in (Event.IDEA_POSTED, Event.IDEA_JOINED, Event.MERGED) and row.idea_id:
        return idea_url(slug, row.idea_id, row.slug or "")
    if row.contribution_id is not None:
        return comment_url(row.contribution_id)
    return dialogue_url(slug)


def moment(written: str, dialogue: Dialogue) -> str:
    """Return a moment as the dialogue's own clock shows it."""
    g.zone = dialogue.time_zone
    return templating.day_time(datetime.fromisoformat(written))


def _is_own_page(told: Told) -> bool:
    row = told.row
    is_gone = row.detail["outcome"] in {"binned", "disowned_removed"}
    return row.contribution_id == row.idea_id and not is_gone


def _flag_answered(told: Told) -> str:
    row = told.row
    is_idea, kept = row.contribution_id == row.idea_id, row.detail["outcome"] == "kept"
    if is_idea and kept:
        return _("A moderator looked at the idea that you reported: it stays as it is")
    if is_idea:
        return _("A moderator looked at the idea that you reported and changed something")
    if kept:
        return _("A moderator looked at the comment that you reported: it stays as it is")
    return _("A moderator looked at the comment that you reported and changed something")


def _extended(told: Told, name: str) -> str:
    if told.extension is None:
        return _("“%(dialogue)s” closes at another time", dialogue=name)
    g.zone = told.dialogue.time_zone
    return _(
        "“%(dialogue)s” now closes on %(moment)s, not on %(before)s. Why: %(reason)s",
        dialogue=name,
        moment=templating.day_time(told.extension.closes_at),
        before=templating.day_time(told.extension.closed_before_at),
        reason=" ".join(told.extension.reason.split()),
    )
