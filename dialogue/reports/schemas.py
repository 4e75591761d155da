"""What an officer may enter about a draft, checked in one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from dialogue.kernel import text
from dialogue.kernel.errors import FieldErrors
from dialogue.reports.models import EditKind

NAME_LIMIT = 60
FOREWORD_LIMIT = 4000
MOST_CHOSEN = 500


@dataclass(frozen=True)
class Edit:
    """A change as it was entered."""

    kind: EditKind
    target: str
    value: dict[str, Any] = field(default_factory=dict)


def name_edit(form: Mapping[str, str]) -> Edit:
    """Read a new name; raises FieldErrors."""
    target = _target(form)
    return Edit(EditKind.NAME, target, {"name": _name(form, field_id(target, "name"))})


def foreword_edit(form: Mapping[str, str]) -> Edit:
    """Read a foreword; an empty one takes the present one away. Raises FieldErrors."""
    words = _clean(form.get("foreword", ""), "foreword")
    over = text.count(words) - FOREWORD_LIMIT
    if over > 0:
        raise FieldErrors({"foreword": _("Shorten the foreword by %(n)s characters.", n=over)})
    return Edit(EditKind.FOREWORD, "", {"text": words})


def merge_edit(form: Mapping[str, str]) -> Edit:
    """Read what is to be merged into what; raises FieldErrors."""
    target, into = _target(form), form.get("into", "")
    if not into:
        raise FieldErrors({field_id(target, "into"): _("Choose what to merge it into.")})
    return Edit(EditKind.MERGE, target, {"into": into})


def leave_out_edit(form: Mapping[str, str]) -> Edit:
    """Read which quotation is to be left out; raises FieldErrors."""
    contribution, start, end = _place(form.get("quotation", ""))
    value = {"contribution": contribution, "start": start, "end": end}
    return Edit(EditKind.LEAVE_OUT, _target(form), value)


def split_edit(form: Mapping[str, str], chosen: Sequence[str], key: str) -> Edit:
    """Read what is to stand on its own, under `key`; raises FieldErrors."""
    errors, ids, name = {}, [], ""
    try:
        name = _name(form, "name")
    except FieldErrors as problem:
        errors.update(problem.errors)
    ids = sorted({int(one) for one in chosen if one.isascii() and one.isdigit()})
    if not ids or len(ids) > MOST_CHOSEN:
        errors["contributions"] = _("Choose at least one contribution.")
    if errors:
        raise FieldErrors(errors)
    return Edit(EditKind.SPLIT, _target(form), {"key": key, "name": name, "contributions": ids})


def place_of_pick(form: Mapping[str, str]) -> tuple[int, int, int]:
    """Read which sentence is picked: contribution, start, end. Raises FieldErrors."""
    return _place(form.get("quotation", ""))


def field_id(target: str, name: str) -> str:
    """Return the id of a field about a target: "name-theme-theme-3"."""
    return f"{name}-{target.replace(':', '-')}"


def _target(form: Mapping[str, str]) -> str:
    return form.get("target", "")[:200]


def _name(form: Mapping[str, str], name_field: str) -> str:
    name = " ".join(_clean(form.get("name", ""), name_field).split())
    if not name:
        raise FieldErrors({name_field: _("Enter a name.")})
    over = text.count(name) - NAME_LIMIT
    if over > 0:
        raise FieldErrors({name_field: _("Shorten the name by %(n)s characters.", n=over)})
    return name


def _clean(typed: str, name: str) -> str:
    try:
        return text.clean_source(typed).strip()
    except text.BadText as problem:
        raise FieldErrors({name: str(problem)}) from None


def _place(value: str) -> tuple[int, int, int]:
    parts = value.split(":")
    if len(parts) != 3 or not all(p.isascii() and p.isdigit() and len(p) < 10 for p in parts):
        raise FieldErrors({"quotation": _("Choose a quotation.")})
    contribution, start, end = map(int, parts)
    return contribution, start, end
