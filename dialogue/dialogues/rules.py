"""What an officer may enter about the moderation of a dialogue, checked in one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from dialogue.dialogues.models import Moderation
from dialogue.dialogues.readiness import LANGUAGES, ReasonWords
from dialogue.kernel import text
from dialogue.kernel.errors import FieldErrors
from dialogue.kernel.routing import number

POLICY_LIMIT = 4000  # code points
LABEL_LIMIT = 80
SENTENCE_LIMIT = 400
REASONS_AT_MOST = 12
MOST_FLAGS = 100


@dataclass
class ReasonForm:
    """A reason as it was typed; `code` is empty for a new one."""

    code: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    sentences: dict[str, str] = field(default_factory=dict)
    needs_note: bool = False
    is_retired: bool = False

    @property
    def is_blank(self) -> bool:
        """Tell whether nothing was typed into a row for a new reason."""
        return not self.code and not any((*self.labels.values(), *self.sentences.values()))


@dataclass
class RulesForm:
    """What was typed, field by field."""

    moderation: str = Moderation.BEFORE
    target_hours: str = "24"
    flag_threshold: str = "0"
    safety_lead: str = ""  # an account's id, only ever shown to officers; empty: nobody
    policy: dict[str, str] = field(default_factory=dict)
    reasons: list[ReasonForm] = field(default_factory=list)

    @classmethod
    def typed(cls, values: MultiDict[str, str]) -> RulesForm:
        """Return the form from a request's values."""
        codes = values.getlist("reason_code")[: REASONS_AT_MOST * 2]

        def words(index: int, what: str) -> dict[str, str]:
            return {
                code: values.get(f"reason_{index}_{what}_{code}", "").strip() for code in LANGUAGES
            }

        return cls(
            moderation=values.get("moderation", ""),
            target_hours=values.get("target_hours", "").strip(),
            flag_threshold=values.get("flag_threshold", "").strip(),
            safety_lead=values.get("safety_lead", ""),
            policy={code: values.get(f"policy_{code}", "").strip() for code in LANGUAGES},
            reasons=[
                ReasonForm(
                    code=code,
                    labels=words(index, "label"),
                    sentences=words(index, "sentence"),
                    needs_note=bool(values.get(f"reason_{index}_needs_note")),
                    is_retired=bool(values.get(f"reason_{index}_retired")),
                )
                for index, code in enumerate(codes, start=1)
            ],
        )


@dataclass(frozen=True)
class RulesInput:
    """Checked rules."""

    moderation: Moderation
    target_hours: int
    flag_threshold: int
    safety_lead_id: int | None
    policy: Mapping[str, str]
    reasons: Sequence[ReasonForm]

    @property
    def in_use(self) -> list[ReasonWords]:
        """Return the words of the reasons that may be given."""
        return [
            ReasonWords(row.labels, row.sentences) for row in self.reasons if not row.is_retired
        ]


def rules_input(form: RulesForm) -> RulesInput:
    """Return the checked rules; raises FieldErrors with a sentence for each field to change."""
    errors: dict[str, str] = {}
    policy = {
        code: _text(f"policy_{code}", form.policy.get(code, ""), POLICY_LIMIT, errors)
        for code in LANGUAGES
    }
    for code, source in policy.items():
        try:
            text.render(source, link_id=lambda _url: 0, own_host="")
        except text.BadText as problem:
            errors[f"policy_{code}"] = str(problem)
    reasons = []
    for index, row in enumerate(form.reasons, start=1):
        if row.is_blank:
            continue
        checked = ReasonForm(
            row.code,
            _words(f"reason_{index}_label", row.labels, LABEL_LIMIT, errors),
            _words(f"reason_{index}_sentence", row.sentences, SENTENCE_LIMIT, errors),
            row.needs_note,
            row.is_retired,
        )
        if not any(checked.labels.values()):
            errors.setdefault(f"reason_{index}_label_en", _("Write what the reason is called"))
        reasons.append(checked)
    if len(reasons) > REASONS_AT_MOST:
        errors[""] = _("A dialogue has %(n)s reasons at most", n=REASONS_AT_MOST)
    hours, flags = number(form.target_hours) or 0, number(form.flag_threshold)
    if not 1 <= hours <= 24 * 14:
        errors["target_hours"] = _("Enter the hours as a number from 1 to 336")
    if flags is None or flags > MOST_FLAGS:
        errors["flag_threshold"] = _("Enter a number from 0 to %(n)s", n=MOST_FLAGS)
    if form.moderation not in set(Moderation):
        errors["moderation"] = _("Choose when moderators read")
    if errors:
        raise FieldErrors(errors)
    return RulesInput(
        moderation=Moderation(form.moderation),
        target_hours=hours,
        flag_threshold=flags or 0,
        safety_lead_id=number(form.safety_lead),
        policy=policy,
        reasons=reasons,
    )


def _words(
    name: str, typed: Mapping[str, str], limit: int, errors: dict[str, str]
) -> dict[str, str]:
    return {code: _text(f"{name}_{code}", words, limit, errors) for code, words in typed.items()}


def _text(name: str, typed: str, limit: int, errors: dict[str, str]) -> str:
    try:
        value = text.clean_source(typed).strip()
    except text.BadText as problem:
        errors[name] = str(problem)
        return ""
    over = text.count(value) - limit
    if over > 0:
        errors[name] = _(
            "Shorten this by %(over)s characters; %(limit)s fit.", over=over, limit=limit
        )
    return value
