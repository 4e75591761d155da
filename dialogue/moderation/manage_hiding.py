"""Hiding words: each detail that was found with Hide or Keep, further words, and a preview."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from dialogue.accounts.access import staff
from dialogue.accounts.models import Role
from dialogue.kernel import marks, text
from dialogue.kernel.db import transaction
from dialogue.kernel.errors import Conflict, DomainError, FieldErrors
from dialogue.kernel.routing import number
from dialogue.moderation.acting import acting_moderator
from dialogue.moderation.commands import decisions
from dialogue.moderation.commands.deeds import Wish
from dialogue.moderation.desk import Moderator, known_lane
from dialogue.moderation.manage_texts import contribution_of, found, heading
from dialogue.moderation.models import ModerationDecision, Outcome
from dialogue.moderation.policies import may_decide
from dialogue.moderation.queries import texts
from dialogue.moderation.queries.texts import Detail, Text
from dialogue.participation.commands import redacting
from dialogue.participation.commands.redacting import Place
from dialogue.participation.redaction import HiddenKind

blueprint = Blueprint("hiding", __name__, url_prefix="/mod")

KIND_NAMES = {
    HiddenKind.NAME: _l("Name"),
    HiddenKind.PHONE: _l("Phone number"),
    HiddenKind.EMAIL: _l("Email address"),
    HiddenKind.ADDRESS: _l("Address"),
    HiddenKind.ID_NUMBER: _l("ID number"),
    HiddenKind.OTHER: _l("Other"),
}
FURTHER = 3  # rows for words that nobody has found
_MOST = 60


@dataclass(frozen=True)
class Line:
    """A detail as the form shows it: its value when it is hidden, and whether it is."""

    detail: Detail
    value: str
    is_hidden: bool


@blueprint.get("/contributions/<int:contribution_id>/redact")
@staff(Role.MODERATOR)
def show(contribution_id: int) -> str:
    """List what was found, everything set to be hidden."""
    moderator = acting_moderator()
    about = found(moderator, contribution_id)
    return _page(moderator, about, _lines(about, None), _further(None))


@blueprint.get("/items/<int:item_id>/redact")
@staff(Role.MODERATOR)
def of_item(item_id: int) -> Response:
    """Lead to the page of what an item of the queue is about."""
    contribution_id = contribution_of(acting_moderator(), item_id)
    return redirect(url_for("hiding.show", contribution_id=contribution_id, item=item_id), 303)


@blueprint.post("/items/<int:item_id>/redact")
@staff(Role.MODERATOR)
def all_of_item(item_id: int) -> Any:
    """Hide every detail that was found in what an item shows, and publish it: one click."""
    moderator = acting_moderator()
    about = found(moderator, contribution_of(moderator, item_id))
    places = tuple(
        Place(one.field, one.start, one.end, one.kind) for one in texts.details_in(about)
    )
    return _decided(moderator, about, Wish(places=places))


@blueprint.post("/contributions/<int:contribution_id>/redact")
@staff(Role.MODERATOR)
def hide(contribution_id: int) -> Any:
    """Hide what was chosen, or show how it will read."""
    moderator = acting_moderator()
    about = found(moderator, contribution_id)
    wish = _wish()
    if request.form.get("step") == "preview":
        return _preview(moderator, about, wish)
    return _decided(moderator, about, wish)


def _decided(moderator: Moderator, about: Text, wish: Wish) -> Any:
    waited = about.waits  # before the decision changes that
    try:
        with transaction():
            made = _decide(moderator, about, wish)
            decision_id = made.id
    except decisions.AlreadyDecided as problem:
        decision = problem.decision
        if decision.decided_by_id != moderator.id or decision.outcome != Outcome.REDACTED:
            return _refused(moderator, about, problem)
        decision_id = decision.id  # a second click of the same button
    except (FieldErrors, Conflict) as problem:
        return _refused(moderator, about, problem)
    if waited:
        lane = known_lane(request.form.get("lane")) or None
        return redirect(url_for("moderation.queue", lane=lane, done=decision_id), 303)
    return redirect(
        url_for("texts.show", contribution_id=about.contribution.id, done=decision_id), 303
    )


def _decide(moderator: Moderator, about: Text, wish: Wish) -> ModerationDecision:
    given: dict[str, Any] = {
        "version": number(request.form.get("version", "")) or 0,
        "outcome": Outcome.REDACTED,
        "reason_code": "",
        "note": request.form.get("note", ""),
        "moderator": moderator,
        "scope": moderator.scope,
        "now": moderator.now,
        "wish": wish,
    }
    if about.waits and about.item_id is not None:
        return decisions.decide(item_id=about.item_id, **given)
    return decisions.decide_in_place(contribution_id=about.contribution.id, **given)


def _wish() -> Wish:
    """Return what the form asks to hide."""
    places = []
    for name, value in request.form.items():
        if name.startswith("detail-") and value.count(":") == 3:
            field, start, end, kind = value.split(":")
            if field in ("title", "body") and start.isdecimal() and end.isdecimal():
                places.append(Place(field, int(start[:6]), int(end[:6]), _kind(kind)))
    typed = [
        (words.strip(), _kind(kind))
        for words, kind in zip(
            request.form.getlist("words"), request.form.getlist("kind"), strict=False
        )
        if words.strip()
    ]
    return Wish(places=tuple(places[:_MOST]), words=tuple(typed[:_MOST]))


def _kind(sent: str) -> HiddenKind:
    return HiddenKind(sent) if sent in set(HiddenKind) else HiddenKind.OTHER


def _lines(about: Text, wish: Wish | None) -> list[Line]:
    chosen = None if wish is None else {(p.field, p.start, p.end) for p in wish.places}
    return [
        Line(
            one,
            f"{one.field}:{one.start}:{one.end}:{one.kind}",
            chosen is None or (one.field, one.start, one.end) in chosen,
        )
        for one in texts.details_in(about)[:_MOST]
    ]


def _further(wish: Wish | None) -> list[tuple[str, HiddenKind]]:
    typed = list(wish.words) if wish else []
    return typed + [("", HiddenKind.NAME)] * max(FURTHER - len(typed), 1)


def _preview(moderator: Moderator, about: Text, wish: Wish) -> Any:
    lines, further = _lines(about, wish), _further(wish)
    try:
        title, html = redacting.preview(
            revision=about.revision, places=wish.places, words=wish.words
        )
    except FieldErrors as problem:
        return _page(moderator, about, lines, further, problem=problem), problem.status
    return _page(moderator, about, lines, further, preview=(title, html))


def _refused(moderator: Moderator, about: Text, problem: DomainError) -> tuple[str, int]:
    wish = _wish()
    fresh = found(moderator, about.contribution.id)
    return _page(
        moderator, fresh, _lines(fresh, wish), _further(wish), problem=problem
    ), problem.status


def _page(
    moderator: Moderator,
    about: Text,
    lines: Sequence[Line],
    further: Sequence[tuple[str, HiddenKind]],
    *,
    problem: DomainError | None = None,
    preview: tuple[str, str] | None = None,
) -> str:
    return render_template(
        "moderation/redact.html",
        about=about,
        heading=heading(about),
        title=text.stored(marks.mark_plain(about.revision.title, _found(about, lines, "title"))),
        words=text.stored(marks.mark(about.revision.html, _found(about, lines, "body"))),
        lines=lines,
        further=further,
        kinds=[(str(kind), name) for kind, name in KIND_NAMES.items()],
        kind_names=KIND_NAMES,
        preview_title=preview[0] if preview else "",
        preview=text.stored(preview[1]) if preview else None,
        problem=problem.message if problem and not isinstance(problem, FieldErrors) else "",
        errors=problem.errors if isinstance(problem, FieldErrors) else {},
        note=request.form.get("note", ""),
        is_own=not may_decide(moderator.id, about.author_user_id),
        note_limit=decisions.NOTE_LIMIT,
        submit=_("Hide and approve") if about.waits else _("Hide the words"),
    )


def _found(about: Text, lines: Sequence[Line], field: str) -> list[marks.Stretch]:
    """Return where what was found stands in what is read of a field, as far as it stands so."""
    title, html = about.revision.title, about.revision.html
    read = title if field == "title" else marks.reading_text(html)
    stretches = []
    place = 0
    for place_in_list, line in enumerate(lines, start=1):
        if line.detail.field != field:
            continue
        at = read.find(line.detail.words, place)
        if at >= 0:
            place = at + len(line.detail.words)
            stretches.append(marks.Stretch(at, place, _("Detail %(n)s", n=place_in_list)))
    return stretches
