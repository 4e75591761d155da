"""What people are told about their own words before they send them; nothing is refused for it.

Personal details are named, with an offer to put a placeholder in their place; words of present
danger bring up where help is to be had. Nothing of this is stored or logged.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from babel.lists import format_list
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from dialogue.analysis import screening
from dialogue.analysis.spans import DetailKind, Span
from dialogue.dialogues import contacts
from dialogue.dialogues.contacts import Line
from dialogue.dialogues.models import Dialogue
from dialogue.kernel.text import excerpt

_MOST_NAMED = 5  # details that the sentence names; of more it tells the number
_LONGEST_NAMED = 40  # code points of a named detail

_PLACEHOLDERS = {
    DetailKind.PHONE: _l("[phone number]"),
    DetailKind.EMAIL: _l("[email address]"),
    DetailKind.SSN: _l("[Social Security number]"),
    DetailKind.CARD: _l("[card number]"),
    DetailKind.ADDRESS: _l("[address]"),
    DetailKind.ID_NUMBER: _l("[ID number]"),
    DetailKind.BIRTH_DATE: _l("[birth date]"),
    DetailKind.NAME: _l("[name]"),
}


@dataclass(frozen=True)
class Details:
    """Personal details in what was typed, as a sentence: `said` names their number, `named` them.

    `field` is the last field that holds one: there the hint belongs.
    """

    said: str
    named: str
    button: str
    field: str


@dataclass(frozen=True)
class Notice:
    """What there is to say about the words of one form.

    `helplines` is empty unless the words tell of present danger, `danger` tells the same.
    """

    details: Details | None = None
    danger: bool = False
    helplines: Sequence[Line] = ()


def notice(fields: Mapping[str, str], dialogue: Dialogue) -> Notice:
    """Return what to say about typed words; `fields` in the order of the form. O(length).

    Helplines and contacts of the site and of the dialogue are nobody's private details.
    """
    public = contacts.public_numbers(dialogue)
    danger = any(screening.danger_words(typed) for typed in fields.values())
    return Notice(
        details=_details(fields, public),
        danger=danger,
        helplines=contacts.helplines(dialogue) if danger else (),
    )


def hidden(fields: Mapping[str, str], dialogue: Dialogue) -> dict[str, str]:
    """Return the fields with a placeholder such as "[phone number]" for each detail.

    A name goes wherever it stands again, also where nothing announces it as one.
    """
    public = contacts.public_numbers(dialogue)
    spans = {name: _spans(typed, public) for name, typed in fields.items()}
    names = {
        fields[field][span.start : span.end]
        for field, found in spans.items()
        for span in found
        if span.kind is DetailKind.NAME
    }
    replaced = {}
    for field, typed in fields.items():
        for span in reversed(spans[field]):
            typed = typed[: span.start] + str(_PLACEHOLDERS[span.kind]) + typed[span.end :]
        for name in sorted(names, key=len, reverse=True):
            again = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
            typed = again.sub(str(_PLACEHOLDERS[DetailKind.NAME]), typed)
        replaced[field] = typed
    return replaced


def _details(fields: Mapping[str, str], public: Collection[str]) -> Details | None:
    named: dict[str, str] = {}  # folded → as written; what stands twice is one thing
    last = ""
    for field, typed in fields.items():
        for span in _spans(typed, public):
            written = " ".join(typed[span.start : span.end].split())
            named.setdefault(written.casefold(), written)
            last = field
    if not named:
        return None
    return Details(
        said=_said(len(named)),
        named=_named(list(named.values())),
        button=_button(len(named)),
        field=last,
    )


def _spans(typed: str, public: Collection[str]) -> list[Span]:
    return screening.personal_data(typed, public_numbers=public)


def _said(number: int) -> str:
    if number == 1:
        return _("One thing here could identify someone:")
    if number == 2:
        return _("Two things here could identify someone:")
    return _("%(n)s things here could identify someone:", n=number)


def _button(number: int) -> str:
    if number == 1:
        return _("Hide it for me")
    return _("Hide both for me") if number == 2 else _("Hide all for me")


def _named(details: Sequence[str]) -> str:
    quoted = [_("“%(words)s”", words=excerpt(d, _LONGEST_NAMED)) for d in details[:_MOST_NAMED]]
    more = len(details) - len(quoted)
    if more:
        quoted.append(ngettext("%(num)s more", "%(num)s more", more))
    return str(format_list(quoted, locale=get_locale()))
