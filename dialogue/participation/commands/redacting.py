"""Hiding words for good: a new wording with placeholders; the words go wherever they are kept.

What was there goes, encrypted, to `sealed_text` until its purge date, so that an undo restores it
exactly and few may look at it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, String, cast, func, or_, select, update

from dialogue.accounts.models import Intent
from dialogue.kernel import audit, links, mail, sealing, text
from dialogue.kernel.audit import Act
from dialogue.kernel.db import Base, db
from dialogue.kernel.errors import Conflict, FieldErrors, NotFound
from dialogue.kernel.forms import FormKey
from dialogue.kernel.links import ExternalLink
from dialogue.kernel.mail import MailMessage
from dialogue.kernel.outbox import publish
from dialogue.participation import lifecycle, redaction, schemas
from dialogue.participation.commands import publication
from dialogue.participation.commands.publication import Standing
from dialogue.participation.drafts import Draft
from dialogue.participation.events import (
    ContributionPublished,
    ContributionRedacted,
    RedactionUndone,
)
from dialogue.participation.fingerprints import fingerprint
from dialogue.participation.lifecycle import State, Verb
from dialogue.participation.models import (
    Contribution,
    Kind,
    Participant,
    PolisStatement,
    Revision,
    RevisionState,
    SealedText,
)
from dialogue.participation.redaction import HiddenKind, Span, Words

_KEPT = ("title", "source", "html", "plain", "sha256", "sanitizer_version")


@dataclass(frozen=True)
class Place:
    """A stretch of a revision's title or source, in code points, and what stands there."""

    field: str  # "title" or "body"
    start: int
    end: int
    kind: HiddenKind


@dataclass(frozen=True)
class Redaction:
    """What a redaction did. Numbers and codes only."""

    revision_id: int  # the wording with placeholders
    sealed_id: int
    places: tuple[Place, ...]  # in the wording that was redacted


def redact(
    *,
    contribution_id: int,
    revision_id: int,
    places: Iterable[Place],
    words: Iterable[tuple[str, HiddenKind]],
    keep_for: timedelta,
    now: datetime,
) -> Redaction:
    """Hide stretches of a wording, and words wherever they stand in it; what waited is public then.

    Every other wording, draft, kept form, search row and unsent mail loses the same words in this
    transaction. Publishes ContributionRedacted, and ContributionPublished for what waited. Raises
    NotFound, Conflict (life cycle), FieldErrors (`hide`, `words`).
    """
    contribution = publication.locked(contribution_id)
    revision = db.session.get(Revision, revision_id, populate_existing=True)
    if revision is None or revision.contribution_id != contribution.id:
        raise NotFound("")
    is_public = contribution.published_revision_id == revision.id
    state = _state_after(contribution, revision, is_public)
    language = revision.language
    patterns = [*_typed(words), *_chosen(revision, places)]
    spans = _spans(revision, places, patterns)
    if not any(spans.values()):
        raise FieldErrors({"hide": _("Choose what to hide, or write the words to hide.")})
    found = tuple(
        Place(field, span.start, span.end, span.kind)
        for field, ones in spans.items()
        for span in ones
    )
    patterns += [
        one
        for place in found
        if (one := redaction.words_at(_field(revision, place.field), _span(place)))
    ]
    sealed: dict[str, Any] = {"revisions": [], "drafts": [], "links": [], "polis": None}
    before = _links_in(contribution)
    title, source = (
        redaction.hidden(revision.title, spans["title"], language, marked=False),
        redaction.hidden(revision.source, spans["body"], language, marked=True),
    )
    fresh = _new_wording(contribution, revision, title, source, is_public, sealed)
    for other in contribution.revisions:
        if other is not fresh:
            at = spans if other is revision else _spans(other, (), patterns)
            _overwrite(other, at, sealed)
    _overwrite_drafts(contribution, patterns, language, sealed)
    _overwrite_elsewhere(contribution, patterns, language, sealed)
    db.session.flush()
    _forget_links(before - _links_in(contribution), sealed)
    row = SealedText(
        contribution_id=contribution.id,
        sealed=sealing.seal(sealed),
        at=now,
        purge_at=now + keep_for,
    )
    db.session.add(row)
    db.session.flush()
    if is_public:
        publication.settle(contribution, state=state, revision=fresh, now=now)
    else:
        edited_at = contribution.edited_at
        publication.make_public(contribution, fresh, state, now)
        contribution.edited_at = contribution.edited_at or edited_at
        publish(ContributionPublished(contribution.id, fresh.id))
    publish(ContributionRedacted(contribution.id, fresh.id))
    return Redaction(fresh.id, row.id, found)


def preview(
    *, revision: Revision, places: Iterable[Place], words: Iterable[tuple[str, HiddenKind]]
) -> tuple[str, str]:
    """Return title and HTML as `redact` would leave them, without doing it; raises FieldErrors."""
    spans = _spans(revision, places, [*_typed(words), *_chosen(revision, places)])
    if not any(spans.values()):
        raise FieldErrors({"hide": _("Choose what to hide, or write the words to hide.")})
    language = revision.language
    source = redaction.hidden(revision.source, spans["body"], language, marked=True)
    return (
        redaction.hidden(revision.title, spans["title"], language, marked=False),
        text.with_placeholders(schemas.preview(source).html, redaction.all_placeholders(language)),
    )


def unredact(
    *,
    contribution_id: int,
    revision_id: int,
    done: Redaction,
    before: Standing,
    now: datetime,
) -> None:
    """Undo a redaction exactly: every wording is what it was, the one with placeholders is gone.

    Publishes RedactionUndone. Raises Conflict when the originals are gone.
    """
    contribution = publication.locked(contribution_id)
    row = _sealed(done)
    sealed = _put_words_back(contribution, row, now)
    for draft_id, title, body in sealed["drafts"]:
        draft = db.session.get(Draft, draft_id)
        if draft is not None and draft.sent_at is None:
            draft.title, draft.body = title, body
    publication.stand_as(
        contribution_id=contribution.id, revision_id=revision_id, before=before, now=now
    )
    db.session.delete(row)
    db.session.flush()
    _remove(done.revision_id, revision_id)
    if sealed.get("waiting"):
        waiting, number = sealed["waiting"]
        db.session.execute(update(Revision).where(Revision.id == waiting).values(number=number))
    db.session.expire(contribution, ["revisions"])
    publish(RedactionUndone(contribution.id))


def lift(*, contribution_id: int, revision_id: int, done: Redaction, now: datetime) -> None:
    """Show the words again that a redaction hid in this revision, however long ago that was.

    They are read as a new wording; the one with placeholders was public and stays in the history.
    What the author was writing meanwhile stays as it is. Publishes RedactionUndone. Raises
    Conflict when the originals are gone, or another wording is public now.
    """
    contribution = publication.locked(contribution_id)
    if contribution.published_revision_id != done.revision_id:
        raise Conflict(_("Another wording has taken the place of this one. Open it again."))
    row = _sealed(done)
    _put_words_back(contribution, row, now)
    original = db.session.get_one(Revision, revision_id)
    shown = db.session.get_one(Revision, done.revision_id)
    shown.state = RevisionState.SUPERSEDED
    fresh = Revision(
        contribution_id=contribution.id,
        number=max(one.number for one in contribution.revisions) + 1,
        language=original.language,
        state=RevisionState.PUBLISHED,
        created_at=shown.created_at,
        published_at=shown.published_at,  # nobody is asked whether their vote still stands
        **{name: getattr(original, name) for name in _KEPT},
    )
    db.session.add(fresh)
    db.session.delete(row)
    db.session.flush()
    db.session.expire(contribution, ["revisions"])
    publication.settle(contribution, state=State(contribution.state), revision=fresh, now=now)
    publish(RedactionUndone(contribution.id))


def purge(*, now: datetime) -> list[int]:
    """Destroy originals whose time has come, each with an audit entry; return of which texts."""
    due = db.session.scalars(
        select(SealedText).where(SealedText.purge_at <= now).order_by(SealedText.id)
    ).all()
    for row in due:
        subject = f"contribution:{row.contribution_id}"
        audit.record(None, Act.SEALED_TEXT_PURGED, subject, {"sealed": row.id}, now=now)
        db.session.delete(row)
    return [row.contribution_id for row in due]


def originals(sealed_text: SealedText) -> list[tuple[str, str]]:
    """Return title and source of the wordings that a redaction changed, as they were."""
    return [(row[1], row[2]) for row in sealing.unseal(sealed_text.sealed)["revisions"]]


def _state_after(contribution: Contribution, revision: Revision, is_public: bool) -> State:
    if is_public and contribution.state in {*lifecycle.SHOWN_STATES, State.HIDDEN}:
        return State(contribution.state)
    if is_public or revision.state != RevisionState.WAITING:
        lifecycle.after(contribution.state, Verb.HIDE)
        raise Conflict(_("Another wording has taken the place of this one. Open it again."))
    return lifecycle.after(contribution.state, Verb.APPROVE)


def _typed(words: Iterable[tuple[str, HiddenKind]]) -> list[Words]:
    found = []
    for typed, kind in words:
        one = redaction.words_of(typed, kind)
        if one is not None:
            found.append(one)
    return found


def _chosen(revision: Revision, places: Iterable[Place]) -> list[Words]:
    """Return the words of stretches as a moderator chose them, before they grow."""
    found = []
    for place in places:
        source = _field(revision, place.field)
        if not 0 <= place.start < place.end <= len(source):
            raise FieldErrors({"hide": _("What you chose does not stand in this text any more.")})
        one = redaction.words_at(source, _span(place))
        if one is not None:
            found.append(one)
    return found


def _spans(
    revision: Revision, places: Iterable[Place], patterns: Sequence[Words]
) -> dict[str, list[Span]]:
    result = {}
    for field, marked in (("title", False), ("body", True)):
        source = _field(revision, field)
        chosen = [_span(place) for place in places if place.field == field]
        chosen += redaction.again(source, patterns)
        try:
            result[field] = redaction.grown(source, chosen, marked=marked)
        except redaction.BadSpan:
            raise FieldErrors(
                {"hide": _("What you chose does not stand in this text any more.")}
            ) from None
    return result


def _field(revision: Revision, field: str) -> str:
    return revision.title if field == "title" else revision.source


def _span(place: Place) -> Span:
    return Span(place.start, place.end, place.kind)


def _new_wording(
    contribution: Contribution,
    revision: Revision,
    title: str,
    source: str,
    is_public: bool,
    sealed: dict[str, Any],
) -> Revision:
    """Add the wording with placeholders. An edit that waits stays the newest."""
    last = max(contribution.revisions, key=lambda one: one.number)
    number = last.number + 1
    if last is not revision and last.state == RevisionState.WAITING:
        sealed["waiting"] = [last.id, last.number]
        number, last.number = last.number, number
        db.session.flush()
    fresh = Revision(
        contribution_id=contribution.id,
        number=number,
        language=revision.language,
        state=RevisionState.PUBLISHED,
        created_at=revision.created_at,
        # Hidden words change nothing that a vote was about: nobody is asked to think again.
        published_at=revision.published_at if is_public else None,
    )
    _write(fresh, title, source)
    if revision.state == RevisionState.WAITING or is_public:
        revision.state = RevisionState.SUPERSEDED
    db.session.add(fresh)
    db.session.flush()
    db.session.refresh(contribution, ["revisions"])
    return fresh


def _write(revision: Revision, title: str, source: str) -> None:
    try:
        rendered = schemas.rendered(source)
    except text.BadText as problem:
        raise FieldErrors({"hide": str(problem)}) from None
    revision.title, revision.source = title, source
    revision.html = text.with_placeholders(
        rendered.html, redaction.all_placeholders(revision.language)
    )
    revision.plain = rendered.plain
    revision.sanitizer_version = rendered.sanitizer_version
    revision.sha256 = fingerprint(title, source)


def _overwrite(revision: Revision, spans: dict[str, list[Span]], sealed: dict[str, Any]) -> None:
    if not any(spans.values()):
        return
    sealed["revisions"].append([revision.id, *(getattr(revision, name) for name in _KEPT)])
    _write(
        revision,
        redaction.hidden(revision.title, spans["title"], revision.language, marked=False),
        redaction.hidden(revision.source, spans["body"], revision.language, marked=True),
    )


def _sealed(done: Redaction) -> SealedText:
    row = db.session.get(SealedText, done.sealed_id)
    if row is None:
        raise Conflict(_("The hidden words were destroyed. They cannot come back."))
    return row


def _put_words_back(contribution: Contribution, row: SealedText, now: datetime) -> dict[str, Any]:
    """Give every wording, with the addresses that it leads to, and the words of an import back
    what was sealed; return all of that."""
    sealed: dict[str, Any] = sealing.unseal(row.sealed)
    for number, url in sealed["links"]:
        if db.session.get(ExternalLink, number) is None:
            links.put_back(number, url, now)
    for revision_number, *values in sealed["revisions"]:
        _put_back(
            db.session.get_one(Revision, revision_number), dict(zip(_KEPT, values, strict=True))
        )
    if sealed["polis"] is not None:
        db.session.get_one(PolisStatement, contribution.id).text = sealed["polis"]
    return sealed


def _put_back(revision: Revision, values: dict[str, str]) -> None:
    for name, value in values.items():
        setattr(revision, name, value)


def _hide_in(source: str, patterns: Sequence[Words], language: str, *, marked: bool) -> str:
    spans = redaction.grown(source, redaction.again(source, patterns), marked=marked)
    return redaction.hidden(source, spans, language, marked=marked)


def _overwrite_drafts(
    contribution: Contribution, patterns: Sequence[Words], language: str, sealed: dict[str, Any]
) -> None:
    """What the author is still writing in this dialogue, and every edit of this text."""
    author = select(Participant.user_id).where(Participant.id == contribution.participant_id)
    drafts = db.session.scalars(
        select(Draft).where(
            Draft.dialogue_id == contribution.dialogue_id,
            Draft.sent_at.is_(None),
            or_(Draft.user_id.in_(author), Draft.contribution_id == contribution.id),
        )
    )
    for draft in drafts:
        title = _hide_in(draft.title, patterns, language, marked=False)
        body = _hide_in(draft.body, patterns, language, marked=False)
        if (title, body) != (draft.title, draft.body):
            sealed["drafts"].append([draft.id, draft.title, draft.body])
            draft.title, draft.body = title, body


def _overwrite_elsewhere(
    contribution: Contribution, patterns: Sequence[Words], language: str, sealed: dict[str, Any]
) -> None:
    """Unsent mails, acts kept through a sign-in, results of forms, the words of an import."""

    def hide(words: str) -> str:
        return _hide_in(words, patterns, language, marked=False)

    mail.withhold(f"contribution:{contribution.id}")
    unsent = (MailMessage.sent_at.is_(None), _mentions(MailMessage.text, patterns))
    for message in db.session.scalars(select(MailMessage).where(*unsent)):
        message.text, message.subject = hide(message.text), " ".join(hide(message.subject).split())
        message.without_words = hide(message.without_words)
    kept = select(Intent).where(_mentions(Intent.payload, patterns))
    for intent in db.session.scalars(kept):
        intent.payload = _in_strings(intent.payload, hide)
    if contribution.kind == Kind.IDEA:
        _shorten_results(contribution)
    statement = db.session.get(PolisStatement, contribution.id)
    if statement is not None and (changed := hide(statement.text)) != statement.text:
        sealed["polis"] = statement.text
        statement.text = changed


def _mentions(column: Any, patterns: Sequence[Words]) -> ColumnElement[bool]:
    """A coarse condition that holds wherever one of the patterns may match."""
    words = func.lower(cast(column, String))
    parts = {_longest(one).lower() for one in patterns}
    return or_(*(words.contains(part, autoescape=True) for part in sorted(parts)))


def _longest(words: Words) -> str:
    """Return a part of the words that stands in one piece wherever they match (ASCII only: what
    capitals of other letters are, the databases disagree about)."""
    parts = re.findall(r"[0-9A-Za-z]+", words.literal)
    return max(parts, key=len, default="")


def _in_strings(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: _in_strings(one, change) for name, one in value.items()}
    if isinstance(value, list):
        return [_in_strings(one, change) for one in value]
    return value


def _shorten_results(idea: Contribution) -> None:
    """Addresses of an idea carry its title; its number alone leads there as well."""
    marker = f"/ideas/{idea.id}-"
    rows = db.session.scalars(
        select(FormKey).where(FormKey.result.contains(marker, autoescape=True))
    )
    for row in rows:
        head, _marker, tail = row.result.partition(marker)
        rest = re.sub(r"^[^?#]*", "", tail)
        row.result = f"{head}/ideas/{idea.id}{rest}"


_LINK = re.compile(r"/leaving\?to=([0-9]+)")


def _links_in(contribution: Contribution) -> set[int]:
    return {int(n) for one in contribution.revisions for n in _LINK.findall(one.html)}


def _forget_links(gone: set[int], sealed: dict[str, Any]) -> None:
    """Delete the rows of addresses that nothing leads to any more: they are words, too."""
    for number in sorted(gone):
        link = db.session.get(ExternalLink, number)
        if link is not None and not any(_leads_to(column, number) for column in _html_columns()):
            sealed["links"].append([link.id, link.url])
            db.session.delete(link)


def _html_columns() -> list[Any]:
    return [
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name == "html" or column.name.endswith("_html")
    ]


def _leads_to(column: Any, number: int) -> bool:
    words = cast(column, String)
    found = select(words).where(words.contains(f"/leaving?to={number}", autoescape=True))
    return db.session.scalar(found.limit(1)) is not None


def _remove(revision_id: int, original_id: int) -> None:
    """Delete a wording; what has come to point to it points to the original."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if any(key.column is Revision.__table__.c.id for key in column.foreign_keys):
                db.session.execute(
                    update(table).where(column == revision_id).values({column.name: original_id})
                )
    db.session.delete(db.session.get_one(Revision, revision_id))
    db.session.flush()
