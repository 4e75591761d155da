"""What a decision form may hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate

from dialogue.kernel.errors import FieldErrors
from dialogue.moderation.models import Outcome

_OUTCOMES = {
    "approve": Outcome.APPROVED,
    "reject": Outcome.REJECTED,
    "return": Outcome.RETURNED,
    "off_topic": Outcome.OFF_TOPIC,
    "bin": Outcome.BINNED,
    "hide": Outcome.HIDDEN,
    "restore": Outcome.RESTORED,
    "keep": Outcome.KEPT,
    "escalate": Outcome.ESCALATED,
    "remove_disowned": Outcome.DISOWNED_REMOVED,
    "move": Outcome.MOVED,
    "unmerge": Outcome.UNMERGED,
    "close_comments": Outcome.COMMENTS_CLOSED,
    "open_comments": Outcome.COMMENTS_OPENED,
    "lock": Outcome.LOCKED,
    "unlock": Outcome.UNLOCKED,
}
_LARGEST = 2**31 - 1


@dataclass(frozen=True)
class DecisionInput:
    """A decision as it was sent."""

    outcome: Outcome
    version: int
    reason: str = ""
    note: str = ""


class DecisionForm(Schema):
    """Fields outcome (a verb), version, reason (a code), note (a sentence)."""

    class Meta:
        """The form carries a token and where to go on; they are not the decision's."""

        unknown = EXCLUDE

    outcome = fields.String(required=True, validate=validate.OneOf(tuple(_OUTCOMES)))
    version = fields.Integer(required=True, validate=validate.Range(1, _LARGEST))
    reason = fields.String(load_default="", validate=validate.Length(max=100))
    note = fields.String(load_default="", validate=validate.Length(max=10_000))

    @post_load
    def make(self, values: dict[str, object], **_kwargs: object) -> DecisionInput:
        """Return the decision."""
        values["outcome"] = _OUTCOMES[str(values["outcome"])]
        return DecisionInput(**values)  # type: ignore[arg-type]  # the fields above


def read_decision(values: Mapping[str, object]) -> DecisionInput:
    """Return the decision that a form holds; raises FieldErrors.

    `instead` is what a second button of the same form asks for; it goes before `outcome`.
    """
    asked = {**values, "outcome": values.get("instead") or values.get("outcome") or ""}
    try:
        decision: DecisionInput = DecisionForm().load(asked)
    except ValidationError as problem:
        sentences = {
            "outcome": _("Choose what to do with it."),
            "version": _("Open the item again, then decide."),
            "reason": _("Choose the reason. The author is told."),
            "note": _("Shorten your sentence."),
        }
        raise FieldErrors({name: sentences[str(name)] for name in problem.messages_dict}) from None
    return decision
