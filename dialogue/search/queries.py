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
    rows = select(_DOCUMENT.c.object_id)
    if kind is not None:
        rows = rows.where(_DOCUMENT.c.kind == kind)
    if dialogue_id is not None:
        rows = rows.where(_DOCUMENT.c.dialogue_id == dialogue_id)
    if not query:
        return rows.where(false())
    holds = _holds_postgresql if dialect() == "postgresql" else _holds_sqlite
    parts = _parts(query)
    if parts:
        rows = rows.where(holds(parts))
    for part in _unwanted(query):
        rows = rows.where(~holds([part]))
    return rows


def found(query: Query) -> Select[tuple[int, str, int, int | None]]:
    """Return the query for (document, kind, object, dialogue) of all that matches.

    For lists over several kinds: joined to, ordered by document, newest first, and limited, it
    reads no further than the page needs. The slice must apply its own rule of who may see what.
    """
    if dialect() == "postgresql":
        return _found_postgresql(query)
    return _found_sqlite(query)


def _found_sqlite(query: Query) -> Select[tuple[int, str, int, int | None]]:
    wanted, unwanted = _parts(query), [_expression([part]) for part in _unwanted(query)]
    columns = (_DOCUMENT.c.kind, _DOCUMENT.c.object_id, _DOCUMENT.c.dialogue_id)
    if not wanted:
        every = select(_DOCUMENT.c.id, *columns)
        if not unwanted:
            return every.where(false())
        return every.where(*(~_holds_sqlite([part]) for part in _unwanted(query)))
    expression = _expression(wanted)
    for part in unwanted:
        expression = f"({expression}) NOT ({part})"
    # By the number of the index's row, in whose order the index hands out what it finds.
    return (
        select(_INDEX.c.rowid.label("id"), *columns)
        .join_from(_INDEX, _DOCUMENT, _DOCUMENT.c.id == _INDEX.c.rowid)
        .where(_INDEX.c.search_index.op("MATCH")(literal(expression)))
    )


def _found_postgresql(query: Query) -> Select[tuple[int, str, int, int | None]]:
    wanted = _parts(query)
    every = select(_DOCUMENT.c.id, _DOCUMENT.c.kind, _DOCUMENT.c.object_id, _DOCUMENT.c.dialogue_id)
    if not query:
        return every.where(false())
    if wanted:
        every = every.where(_holds_postgresql(wanted))
    return every.where(*(~_holds_postgresql([part]) for part in _unwanted(query)))


def _parts(query: Query) -> list[tuple[Phrase, bool]]:
    parts: list[tuple[Phrase, bool]] = [((word,), True) for word in query.words]
    return parts + [(phrase, may_go_on(phrase[-1])) for phrase in query.phrases]


def _unwanted(query: Query) -> list[tuple[Phrase, bool]]:
    return [(phrase, may_go_on(phrase[-1])) for phrase in query.excluded]


def _holds_sqlite(parts: list[tuple[Phrase, bool]]) -> ColumnElement[bool]:
    expression = literal(_expression(parts))
    rows = select(_INDEX.c.rowid).where(_INDEX.c.search_index.op("MATCH")(expression))
    return _DOCUMENT.c.id.in_(rows)


def _expression(parts: list[tuple[Phrase, bool]]) -> str:
    return " AND ".join(
        f'"{" ".join(phrase)}"' + (" *" if beginning else "") for phrase, beginning in parts
    )


def _holds_postgresql(parts: list[tuple[Phrase, bool]]) -> ColumnElement[bool]:
    expression = " & ".join(
        "(" + " <-> ".join(f"'{term}'" for term in phrase) + (":*" if beginning else "") + ")"
        for phrase, beginning in parts
    )
    return _DOCUMENT.c.vector.op("@@")(cast(literal(expression), TSQUERY))
