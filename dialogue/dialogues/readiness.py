"""What a dialogue needs before the public may read it: a policy and reasons in each language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

# What is refused must be explained to everybody who may write here, in their language.
LANGUAGES = {"en": _l("English"), "es": _l("Spanish")}


@dataclass(frozen=True)
class Missing:
    """Something to write first: the field of the moderation form, and a sentence."""

    field: str
    sentence: str


@dataclass(frozen=True)
class ReasonWords:
    """A reason that may be given: label and sentence by language."""

    labels: Mapping[str, str]
    sentences: Mapping[str, str]


def missing(policy: Mapping[str, str], reasons: Iterable[ReasonWords]) -> list[Missing]:
    """Return what keeps a dialogue from opening; empty when nothing does.

    `policy`: the text in force by language. `reasons`: those in use, in the order of the form.
    """
    found = [
        Missing(f"policy_{code}", _("Write the moderation policy in %(language)s", language=name))
        for code, name in LANGUAGES.items()
        if not policy.get(code)
    ]
    number = 0
    for number, reason in enumerate(reasons, start=1):
        for code, name in LANGUAGES.items():
            for what, words in (("label", reason.labels), ("sentence", reason.sentences)):
                if not words.get(code):
                    found.append(
                        Missing(
                            f"reason_{number}_{what}_{code}",
                            _("Write reason %(n)s in %(language)s", n=number, language=name),
                        )
                    )
    if not number:
        found.append(Missing("reason_1_label_en", _("Write at least one reason for refusing")))
    return found
