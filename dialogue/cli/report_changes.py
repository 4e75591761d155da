"""What changed between two reports, line by line, with the causes that the database knows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dialogue.reports import queries
from dialogue.reports.model import Model

_MOST = 20


def lines(before: Model, after: Model, changes: dict[str, Any]) -> Iterator[str]:
    """Yield what was added, removed and changed, counts first."""
    yield f"From {before['covers']['until']} to {after['covers']['until']}."
    for row in changes["counts"]:
        if row["before"] != row["after"]:
            moved = row["after"] - row["before"]
            yield f"changed {row['name']}: {row['before']} → {row['after']} ({moved:+d})"
    for kind in ("ideas", "comments"):
        yield from _contributions(kind, changes[kind])
    for row in changes["agreement"]:
        if row["before"] != row["after"]:
            yield (
                f"changed agreement in {row['kind']} {row['key']}: {_share(row['before'])} →"
                f" {_share(row['after'])}"
            )
    for row in changes["moved_most"]:
        yield (
            f"changed agreement on idea {row['idea']}: {_share(row['before'])} →"
            f" {_share(row['after'])} (votes given or changed since)"
        )
    for how, ids in changes["common_ground"].items():
        if ids:
            yield f"{'added to' if how == 'added' else 'gone from'} common ground: {_ids(ids)}"
    groups = changes["groups"]
    if groups["new"]:
        yield f"changed groups: {groups['before']} → {groups['after']}, not the same ones"
    for name in changes["method"]:
        yield f"changed method: {name} (another version or parameter)"
    if before["hand"] != after["hand"]:
        yield (
            f"changed by people of the agency: {len(before['hand'])} → {len(after['hand'])} entries"
        )
    one, other = before["edition"]["number"], after["edition"]["number"]
    taken = {*after["edition"]["taken_back"]} - {*before["edition"]["taken_back"]}
    if taken:
        yield f"changed edition: {one} → {other}, words taken back: {_ids(sorted(taken))}"


def _contributions(kind: str, moved: dict[str, list[int]]) -> Iterator[str]:
    if moved["added"]:
        yield f"added {kind}: {_ids(moved['added'])} (published since)"
    fates = queries.fates(moved["gone"])
    for number in moved["gone"][:_MOST]:
        fate = fates.get(number)
        why = "not in this database" if fate is None else fate.state
        if fate is not None and fate.merged_into:
            why += f" into {fate.merged_into}"
        yield f"removed {kind[:-1]} {number}: {why}"
    if len(moved["gone"]) > _MOST:
        yield f"removed {kind}: {len(moved['gone']) - _MOST} more"
    if moved["edited"]:
        yield f"changed words of {kind}: {_ids(moved['edited'])} (edited by their authors)"


def _ids(ids: list[int]) -> str:
    shown = ", ".join(map(str, ids[:_MOST]))
    return shown if len(ids) <= _MOST else f"{shown} and {len(ids) - _MOST} more"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"
