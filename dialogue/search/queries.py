"""Which things match a query, as a subquery that the slices put into their own."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, cast, column, false, literal, select, table
from sqlalchemy.dialects.postgresql import TSQUERY

from dialogue.kernel.db import dialect
from dialogue.search.parser import Phrase, Query, parse
from dialogue.search.terms import may_go_on

_DOCUMENT = table(
    "search_document",
    column("id"),
    column("kind"),
    column("object_id"),
    column("dialogue_id"),
    column("vector"),
)
_INDEX = table("search_index", column("rowid"), column("search_index"))


def matching(
    query: Query | str, *, dialogue_id: int | None = None, kind: str | None = None
) -> Select[tuple[int]]:
    """Return the query for the ids of the things that match, of one kind and dialogue if given.

    For use as `Contribution.id.in_(matching(…))`. Text is parsed first; a query without anything
    to look for matches nothing (test it with `bool` to show everything instead). The slice must
    still apply its own rule of who may see what.
    """
    query = parse(query) if isinstance(query, str) else query
    found = select(_DOCUMENT.c.object_id)
    if kind is not None:
        found = found.where(_DOCUMENT.c.kind == kind)
    if dialogue_id is not None:
        found = found.where(_DOCUMENT.c.dialogue_id == dialogue_id)
    if not query:
        return found.where(false())
    holds = _holds_postgresql if dialect() == "postgresql" else _holds_sqlite
    parts: list[tuple[Phrase, bool]] = [((word,), True) for word in query.words]
    parts += [(phrase, may_go_on(phrase[-1])) for phrase in query.phrases]
    if parts:
        found = found.where(holds(parts))
    for phrase in query.excluded:
        found = found.where(~holds([(phrase, may_go_on(phrase[-1]))]))
    return found


def _holds_sqlite(parts: list[tuple[Phrase, bool]]) -> ColumnElement[bool]:
    expression = " AND ".join(
        f'"{" ".join(phrase)}"' + (" *" if beginning else "") for phrase, beginning in parts
    )
    rows = select(_INDEX.c.rowid).where(_INDEX.c.search_index.op("MATCH")(literal(expression)))
    return _DOCUMENT.c.id.in_(rows)


def _holds_postgresql(parts: list[tuple[Phrase, bool]]) -> ColumnElement[bool]:
    expression = " & ".join(
        "(" + " <-> ".join(f"'{term}'" for term in phrase) + (":*" if beginning else "") + ")"
        for phrase, beginning in parts
    )
    return _DOCUMENT.c.vector.op("@@")(cast(literal(expression), TSQUERY))
