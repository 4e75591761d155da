"""Every event and the tasks it sets off. Tasks stand here by name only, so that a web process
never loads the worker's side; a test proves that each name exists."""

from __future__ import annotations

from dialogue.kernel.mail import MailQueued
from dialogue.moderation.events import DecisionMade, DecisionUndone
from dialogue.participation.events import (
    ContributionPublished,
    ContributionUnlisted,
    ConversationImported,
    RevisionSubmitted,
)
from dialogue.reports.events import ReportFinished, ReportRequested

REACTIONS: dict[type, tuple[str, ...]] = {
    MailQueued: ("jobs.send_mail",),
    RevisionSubmitted: ("moderation.screen",),
    ContributionPublished: ("participation.renew_neighbours",),
    ContributionUnlisted: ("participation.renew_neighbours",),
    ConversationImported: ("participation.add_words",),
    DecisionMade: ("notifications.tell_decision",),
    DecisionUndone: ("notifications.take_back",),
    ReportRequested: ("reports.build",),
    ReportFinished: ("notifications.tell_report",),
}
