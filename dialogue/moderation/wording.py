"""How moderation says things: how long ago, what was found, who decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from dialogue.accounts.models import Hint
from dialogue.analysis.spans import DetailKind
from dialogue.moderation.models import Lane, Outcome
from dialogue.moderation.queries.batches import LeftOut
from dialogue.moderation.screening import Alike, Findings
from dialogue.participation.models import FlagReason, Kind

LANE_NAMES = {
    Lane.NEW: _l("New"),
    Lane.FLAGGED: _l("Flagged"),
    Lane.EDITED: _l("Edited"),
    Lane.APPEALS: _l("Appeals"),
    Lane.DISOWNED: _l("Disowned"),
    Lane.SAFETY: _l("Safety"),
}

# What is said about the account. Hints order nothing and decide nothing.
DOUBTS = {
    Hint.TRAP: _l("Sent by a robot?"),
    Hint.NETWORK: _l("Many new accounts from one network"),
    Hint.DISPOSABLE: _l("Ten-minute mailbox"),
    Hint.MAILBOX: _l("Mailbox of another account, too"),
}
# Why an item was not decided together with others, after its title.
LEFT_OUT = {
    LeftOut.DETAILS: _l("holds personal details: look at each of them"),
    LeftOut.DANGER: _l("somebody may be at risk: read it by itself"),
    LeftOut.UNCHECKED: _l("was not checked for personal details yet"),
    LeftOut.ASKED: _l("people wait for an answer about this one"),
    LeftOut.OWN: _l("you wrote this yourself"),
    LeftOut.CHANGED: _l("was decided, edited or withdrawn meanwhile"),
}
FLAG_REASONS = {
    FlagReason.PERSONAL_DETAILS: _l("Personal details"),
    FlagReason.THREATS: _l("Threats or insults"),
    FlagReason.DANGER: _l("Somebody may be in danger"),
    FlagReason.UNRELATED: _l("Advertising, or not about the question"),
    FlagReason.OTHER: _l("Something else"),
}
NOTHING_CHOSEN = _l("Nothing that can be decided together was chosen.")

# What a mark is called to those who hear it.
MARK_NAMES = {
    DetailKind.PHONE: _l("Phone"),
    DetailKind.EMAIL: _l("Email"),
    DetailKind.SSN: _l("Social Security number"),
    DetailKind.CARD: _l("Card number"),
    DetailKind.ADDRESS: _l("Address"),
    DetailKind.ID_NUMBER: _l("ID number"),
    DetailKind.BIRTH_DATE: _l("Birth date"),
    DetailKind.NAME: _l("Name"),
    DetailKind.CAPTIVITY: _l("Words of captivity"),
    DetailKind.VIOLENCE: _l("Words of violence"),
    DetailKind.SELF_HARM: _l("Words of self-harm"),
    DetailKind.CALL_FOR_HELP: _l("A call for help"),
    DetailKind.WATCHED: _l("On a watch list"),
    DetailKind.OWN_WORDS: _l("Only in this one"),
}


def ago(passed: timedelta) -> str:
    """Return "10 s", "4 min", "4 h 05 min" or "3 days": how long something has taken."""
    seconds = max(0, int(passed.total_seconds()))
    if seconds < 60:
        return _("%(n)s s", n=seconds)
    if seconds < 3600:
        return _("%(n)s min", n=seconds // 60)
    if seconds < 48 * 3600:
        return _("%(h)s h %(m)s min", h=seconds // 3600, m=f"{seconds % 3600 // 60:02d}")
    return ngettext("%(num)s day", "%(num)s days", seconds // 86400)


def short_ago(passed: timedelta) -> str:
    """Return "4 h" where `ago` says "4 h 05 min"."""
    seconds = int(passed.total_seconds())
    if 3600 <= seconds < 48 * 3600:
        return _("%(n)s h", n=seconds // 3600)
    return ago(passed)


def flags(findings: Findings, reports: int = 0) -> list[str]:
    """Return what stands beside an item in the list, in words."""
    said = []
    if reports:
        said.append(reported(reports))
    if findings.danger:
        said.append(_("Person at risk?"))
    if findings.details:
        said.append(
            ngettext("%(num)s personal detail", "%(num)s personal details", len(findings.details))
        )
    if findings.is_likely_spam:
        said.append(_("Likely spam"))
    if findings.alike:
        said.append(like(findings.alike))
    if findings.watched:
        said.append(_("On a watch list"))
    said += [str(DOUBTS[Hint(doubt)]) for doubt in findings.doubts]
    return said


def reported(people: int) -> str:
    """Return "Reported by 2 people"."""
    return ngettext("Reported by %(num)s person", "Reported by %(num)s people", people)


def flag_reason(code: str) -> str:
    """Return why somebody reported something."""
    return str(FLAG_REASONS[FlagReason(code)])


def details_found(findings: Findings) -> str:
    """Return "1 name, 2 phone numbers found", or that there are none."""
    counted = [_count(kind, number) for kind, number in findings.counts().items()]
    if not counted:
        return _("None found")
    return _("%(list)s found", list=", ".join(counted))


def danger_found(findings: Findings) -> str:
    """Return which kinds of words of present danger were found, or that there are none."""
    kinds = list(dict.fromkeys(found.kind for found in findings.danger))
    if not kinds:
        return _("No words of present danger found.")
    return _("Read this first: %(list)s.", list=_joined([str(MARK_NAMES[kind]) for kind in kinds]))


def spam_found(findings: Findings) -> str:
    """Return whether it looks like advertising."""
    return _("Likely spam") if findings.is_likely_spam else _("Does not look like spam")


def like(alike: Alike) -> str:
    """Return "Very like idea 118 and 3 others"."""
    if alike.kind == Kind.IDEA:
        said = _("Very like idea %(id)s", id=alike.contribution_id)
    else:
        said = _("Very like comment %(id)s", id=alike.contribution_id)
    if not alike.others:
        return said
    return ngettext(
        "%(like)s and %(num)s other", "%(like)s and %(num)s others", alike.others, like=said
    )


def like_found(findings: Findings) -> str:
    """Return whether others say the same, and whether this one adds anything."""
    if findings.alike is None:
        return _("Nothing here says the same")
    said = like(findings.alike)
    if not findings.alike.own:
        return _("%(like)s, word for word", like=said)
    return _("%(like)s. What only this one says is marked.", like=said)


def watched_found(findings: Findings) -> str:
    """Return how many words or links of a watch list it holds."""
    if not findings.watched:
        return _("Nothing from a watch list")
    return ngettext("%(num)s found, marked", "%(num)s found, marked", len(findings.watched))


def question(ask: str, kind: str) -> str:
    """Return what the moderator is asked."""
    if ask == "public":
        return _("Is it all right as it is?")
    if ask == "author":
        return _("Did its author write this?")
    if ask == "appeal":
        return _("Was the first decision right?")
    return _("Publish this idea?") if kind == Kind.IDEA else _("Publish this comment?")


OUTCOMES_DONE = {
    Outcome.APPROVED: _l("Approved"),
    Outcome.REJECTED: _l("Rejected"),
    Outcome.RETURNED: _l("Returned for editing"),
    Outcome.OFF_TOPIC: _l("Set aside as off topic"),
    Outcome.BINNED: _l("Put into the bin"),
    Outcome.HIDDEN: _l("Hidden"),
    Outcome.RESTORED: _l("Restored"),
    Outcome.REDACTED: _l("Details hidden"),
    Outcome.MERGED: _l("Merged"),
    Outcome.UNMERGED: _l("Taken out of the merge"),
    Outcome.SPLIT: _l("Split"),
    Outcome.MOVED: _l("Moved"),
    Outcome.COMMENTS_CLOSED: _l("Comments closed"),
    Outcome.COMMENTS_OPENED: _l("Comments opened"),
    Outcome.LOCKED: _l("Locked"),
    Outcome.UNLOCKED: _l("Unlocked"),
    Outcome.KEPT: _l("Kept"),
    Outcome.ESCALATED: _l("Sent to the safety lead"),
    Outcome.DISOWNED_REMOVED: _l("Removed: not written by its author"),
    Outcome.APPEAL_GRANTED: _l("Second look: changed"),
    Outcome.APPEAL_REFUSED: _l("Second look: kept"),
    Outcome.UNDONE: _l("Taken back"),
}


def outcome_done(outcome: str) -> str:
    """Return what a decision did, as the status bar says it."""
    return str(OUTCOMES_DONE[Outcome(outcome)])


def already(outcome: str, name: str, passed: timedelta) -> str:
    """Return "Already approved by Lee 10 s ago."; an empty name is the reader's own."""
    time = ago(passed)
    if outcome == Outcome.APPROVED:
        if not name:
            return _("You approved this already, %(time)s ago.", time=time)
        return _("Already approved by %(name)s %(time)s ago.", name=name, time=time)
    if outcome == Outcome.REJECTED:
        if not name:
            return _("You rejected this already, %(time)s ago.", time=time)
        return _("Already rejected by %(name)s %(time)s ago.", name=name, time=time)
    done = outcome_done(outcome)
    if not name:
        return _("You decided about this already, %(time)s ago: %(done)s.", time=time, done=done)
    return _(
        "%(name)s decided about this already, %(time)s ago: %(done)s.",
        name=name,
        time=time,
        done=done,
    )


def _count(kind: DetailKind, number: int) -> str:
    said = {
        DetailKind.PHONE: ngettext("%(num)s phone number", "%(num)s phone numbers", number),
        DetailKind.EMAIL: ngettext("%(num)s email address", "%(num)s email addresses", number),
        DetailKind.SSN: ngettext(
            "%(num)s Social Security number", "%(num)s Social Security numbers", number
        ),
        DetailKind.CARD: ngettext("%(num)s card number", "%(num)s card numbers", number),
        DetailKind.ADDRESS: ngettext("%(num)s address", "%(num)s addresses", number),
        DetailKind.ID_NUMBER: ngettext("%(num)s ID number", "%(num)s ID numbers", number),
        DetailKind.BIRTH_DATE: ngettext("%(num)s birth date", "%(num)s birth dates", number),
        DetailKind.NAME: ngettext("%(num)s name", "%(num)s names", number),
    }
    return said[kind]


def _joined(words: Sequence[str]) -> str:
    return ", ".join(
        word if index == 0 else word[:1].lower() + word[1:] for index, word in enumerate(words)
    )
