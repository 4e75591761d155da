"""What can be found: one row for each thing, written by its slice in its own transaction.

The row goes in the same transaction that hides or redacts a text, so that nothing is found that
can no longer be read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import text

from dialogue.kernel.db import db, dialect, forget_on_disk, transaction
from dialogue.search.terms import index_terms

_LAST_POSITION = 16_383  # of a PostgreSQL vector; further terms are found, but not as phrases

_PUT = {
    "sqlite": text(
        "INSERT INTO search_document (kind, object_id, dialogue_id, language, terms) "
        "VALUES (:kind, :object_id, :dialogue_id, :language, :terms) "
        "ON CONFLICT (kind, object_id) DO UPDATE SET dialogue_id = excluded.dialogue_id, "
        "language = excluded.language, terms = excluded.terms"
    ),
    "postgresql": text(
        "INSERT INTO search_document (kind, object_id, dialogue_id, language, terms, vector) "
        "VALUES (:kind, :object_id, :dialogue_id, :language, :terms, CAST(:vector AS tsvector)) "
        "ON CONFLICT (kind, object_id) DO UPDATE SET dialogue_id = excluded.dialogue_id, "
        "language = excluded.language, terms = excluded.terms, vector = excluded.vector"
    ),
}


@dataclass(frozen=True)
class Document:
    """A thing and the words by which it is found; `dialogue_id` is None outside dialogues."""

    kind: str
    object_id: int
    dialogue_id: int | None
    language: str
    text: str


def put(kind: str, object_id: int, dialogue_id: int | None, language: str, text: str) -> None:
    """Make a thing findable by the words of `text`, replacing what was there for it."""
    put_many([Document(kind, object_id, dialogue_id, language, text)])


def put_many(documents: Iterable[Document]) -> None:
    """Do what `put` does for many things at once; no two may be the same thing."""
    rows = [_row(document) for document in documents]
    if rows:
        db.session.execute(_PUT[dialect()], rows)


def remove(kind: str, object_id: int) -> None:
    """Make a thing unfindable; nothing happens when it was not there."""
    db.session.execute(
        text("DELETE FROM search_document WHERE kind = :kind AND object_id = :object_id"),
        {"kind": kind, "object_id": object_id},
    )


def forget_traces() -> None:
    """Let the files forget the words of what was removed, as far as the database lets us.

    FTS5 marks removed words and drops them when it merges its parts, which may be long after. It
    takes as long as the index is large: for a worker, once words were hidden or erased. Opens a
    transaction of its own.
    """
    if dialect() == "sqlite":
        with transaction():
            db.session.execute(text("INSERT INTO search_index (search_index) VALUES ('optimize')"))
    forget_on_disk()


def _row(document: Document) -> dict[str, str | int | None]:
    terms = index_terms(document.text)
    row: dict[str, str | int | None] = {
        "kind": document.kind,
        "object_id": document.object_id,
        "dialogue_id": document.dialogue_id,
        "language": document.language,
        "terms": " ".join(terms),
    }
    if dialect() == "postgresql":
        row["vector"] = _vector(terms)
    return row


def _vector(terms: list[str]) -> str:
    """Return the PostgreSQL literal of a vector. Terms hold letters, marks and digits alone."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, term in enumerate(terms, start=1):
        places[term].append(min(place, _LAST_POSITION))
    return " ".join(f"'{term}':{','.join(map(str, at))}" for term, at in places.items())
