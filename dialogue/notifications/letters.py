"""The letters that tell people what became of their words and their requests.

Links start with the configured address of the site, never with what a request says. In a dialogue
on a sensitive matter a letter says nothing that a stranger looking over a shoulder may learn from:
a neutral subject, no text, no name of dialogue or office (addresses carry names too), no helpline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from dialogue.dialogues.models import Dialogue, ModerationReason
from dialogue.moderation.models import ModerationDecision, Outcome
from dialogue.participation.addresses import comment_url, idea_url
from dialogue.participation.models import Contribution, Kind, Revision
from dialogue.reports.models import Report, ReportState

# Between the last moment of an undo and the mail, for requests that are under way.
_MARGIN = timedelta(seconds=10)


@dataclass(frozen=True)
class Letter:
    """Subject and text of a mail."""

    subject: str
    text: str


def not_before(decided_at: datetime) -> datetime:
    """Return when a notice of a decision may go out: once it cannot be taken back any more."""
    window = timedelta(minutes=current_app.config["UNDO_MINUTES"])
    return decided_at + window + _MARGIN if window else decided_at


def decision(
    made: ModerationDecision,
    *,
    contribution: Contribution,
    revision: Revision,
    dialogue: Dialogue,
    reason: ModerationReason | None,
    language: str,
) -> Letter:
    """Tell an author what was decided; when it was not published: why, and their own text."""
    with force_locale(language):
        if dialogue.sensitive:
            return _neutral()
        approved = made.outcome == Outcome.APPROVED
        address = (
            idea_url(dialogue.slug, contribution.id, contribution.slug)
            if contribution.kind == Kind.IDEA
            else comment_url(contribution.id)
        )
        return Letter(
            _decision_subject(dialogue.text(language).short_name, contribution.kind, approved),
            _render(
                "mail/decision_approved.txt" if approved else "mail/decision_rejected.txt",
                is_idea=contribution.kind == Kind.IDEA,
                dialogue=dialogue.text(language).short_name,
                label=reason.label(language) if reason else "",
                sentence=reason.sentence(language) if reason else "",
                note=made.note,
                title=revision.title,
                words=revision.source,
                link=_absolute(address),
            ),
        )


def report(ended: Report, *, dialogue: Dialogue, language: str) -> Letter:
    """Tell an officer that the report they asked for has ended, well or not."""
    with force_locale(language):
        done = ended.state == ReportState.DONE
        name = "" if dialogue.sensitive else dialogue.text(language).short_name
        return Letter(
            _("Your report is ready") if done else _("Your report could not be made"),
            _render(
                "mail/report.txt",
                is_quiet=dialogue.sensitive,
                is_done=done,
                dialogue=name,
                reason=ended.reason,
                reference=ended.reference,
                link=_absolute(f"/agency/jobs/{ended.id}"),
            ),
        )


def _neutral() -> Letter:
    return Letter(
        _("Update from %(site)s", site=current_app.config["SITE_NAME"]),
        _render("mail/decision_neutral.txt", is_quiet=True, link=_absolute("/me")),
    )


def _decision_subject(dialogue: str, kind: str, approved: bool) -> str:
    if kind == Kind.IDEA:
        said = _("Your idea is published") if approved else _("Your idea was not published")
    else:
        said = _("Your comment is published") if approved else _("Your comment was not published")
    return f"[{dialogue}] {said}"


@dataclass(frozen=True)
class _Site:
    name: str
    office: str
    help_email: str
    helplines: Sequence[Any]


def _render(template: str, *, is_quiet: bool = False, **values: Any) -> str:
    config = current_app.config
    site = _Site(
        name=config["SITE_NAME"],
        office="" if is_quiet else config["SITE_OFFICE"],
        help_email=config["SITE_CONTACT"],
        helplines=() if is_quiet else config["HELPLINES"],
    )
    return str(current_app.jinja_env.get_template(template).render(site=site, **values)).lstrip()


def _absolute(path: str) -> str:
    return f"{current_app.config['BASE_URL']}{path}"
