"""What staff read for each kind of entry of the audit record."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from dialogue.kernel.audit import Act
from dialogue.moderation import wording

_DECISION = "decision."

ACT_NAMES = {
    Act.ACCOUNT_CREATED_BY_STAFF: _l("Account made by staff"),
    Act.ACCOUNT_SECURED: _l("Account secured"),
    Act.DAILY_HEAD: _l("Daily head of the record"),
    Act.CONTRIBUTION_DISOWNED: _l("Disowned by its author"),
    Act.DIALOGUE_CHANGED: _l("Dialogue changed"),
    Act.DIALOGUE_CREATED: _l("Dialogue made"),
    Act.DIALOGUE_EXTENDED: _l("Close moved"),
    Act.DIALOGUE_IMPORTED: _l("Conversation imported"),
    Act.GRANT_ENDED: _l("Role ended"),
    Act.GRANT_GIVEN: _l("Role given"),
    Act.PEOPLE_LOOKED_UP: _l("Address looked at"),
    Act.POLICY_PUBLISHED: _l("Moderation policy published"),
    Act.REPORT_CHANGED: _l("Report changed"),
    Act.REPORT_EDITION: _l("New edition of a report"),
    Act.REPORT_FINISHED: _l("Report finished"),
    Act.REPORT_PUBLISHED: _l("Report published"),
    Act.REPORT_REQUESTED: _l("Report asked for"),
    Act.REPORT_SCHEDULED: _l("Report scheduled"),
    Act.SEALED_TEXT_PURGED: _l("Sealed words destroyed"),
    Act.SEALED_TEXT_READ: _l("Sealed words looked at"),
    Act.STEP_LIFTED: _l("Step ended early"),
    Act.STEP_TAKEN: _l("Step taken about a person"),
    Act.WATCH_LIST_CHANGED: _l("Watch list changed"),
}


def name_of(act: str) -> str:
    """Return an act in words; its code where it has none."""
    if act.startswith(_DECISION):
        return wording.outcome_done(act.removeprefix(_DECISION))
    return str(ACT_NAMES[Act(act)]) if act in ACT_NAMES else act
