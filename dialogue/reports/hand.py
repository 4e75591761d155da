"""The agency's hand: what a person changes in a report, and the report as it then reads.

A document keeps both: what was counted and found, and beside it in `hand` what a person did: named
a topic, merged two, split one, left a quotation out, picked one, wrote a foreword. `applied` puts
the two together for readers. Ids are moved between heaps, and the numbers of a new heap follow from
its ids; no count of the document changes.

A target is "group:A", "topic:<key>", "theme:<key>", or "" for the foreword.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from copy import deepcopy
from typing import Any

from dialogue.reports.matching import match_groups, match_themes
from dialogue.reports.model import DECIMALS, Model
from dialogue.reports.models import EditKind

Edit = dict[str, Any]
# Of some contributions: different texts, and people (None under five).
Count = Callable[[Collection[int]], Mapping[str, Any]]

_FIELDS = ("kind", "target", "value", "by", "day")
LISTS = {"topic": "topics", "theme": "themes"}


class DoesNotFit(Exception):
    """An edit names something that the report does not have."""


def replay(document: Model, edits: Iterable[Edit], count: Count) -> list[Edit]:
    """Return the edits as a document holds them, in order; those that do not fit are left out.

    The numbers of heaps that merging and splitting make are counted here and stand in the edit.
    """
    view, kept = _View(document), []
    for edit in edits:
        try:
            kept.append(view.take(deepcopy(edit), count))
        except DoesNotFit:
            continue
    return kept


def for_document(edits: Iterable[Edit]) -> list[Edit]:
    """Return edits without what only the database knows of them."""
    return [{name: edit[name] for name in _FIELDS} for edit in edits]


def applied(document: Model) -> Model:
    """Return the document as people read it: with what its `hand` says carried out."""
    view = _View(document)
    for edit in document["hand"]:
        view.take(edit, None)
    return view.document


def carried(before: Model, edits: Iterable[Edit], after: Model) -> list[Edit]:
    """Return which edits of an earlier report are kept on a later one, with their new targets.

    Topics keep their key, themes are matched by the contributions they share, groups by how they
    voted. A foreword belongs to its report.
    """
    same = {
        "topic": {row["key"]: row["key"] for row in after["topics"]["list"]},
        "theme": match_themes(before, after),
        "group": match_groups(before, after),
    }
    known = {*after["sets"]["ideas_published"], *after["sets"]["comments_published"]}
    kept = []
    for edit in edits:
        target = _moved(edit["target"], same)
        if target is None or edit["kind"] == EditKind.FOREWORD:
            continue
        value = deepcopy(edit["value"])
        if edit["kind"] == EditKind.MERGE:
            value["into"] = _moved(value["into"], same)
            if value["into"] in (None, target):
                continue
        if edit["kind"] == EditKind.SPLIT:
            key = (
                f"{target.partition(':')[2]}{value['key'][len(edit['target'].partition(':')[2]) :]}"
            )
            same[target.partition(":")[0]][value["key"]] = key
            value["key"] = key
            value["contributions"] = [i for i in value["contributions"] if i in known]
        kept.append({**edit, "target": target, "value": value})
    return kept


def targets(document: Model) -> dict[str, dict[str, Any]]:
    """Return everything that can be named, merged or split, as it reads now: target → row."""
    view = applied(document)
    found = {f"group:{row['letter']}": row for row in view["groups"]["list"]}
    for kind, name in LISTS.items():
        found |= {f"{kind}:{row['key']}": row for row in view[name]["list"]}
    return found


def _moved(target: str, same: Mapping[str, Mapping[str, str]]) -> str | None:
    kind, _, key = target.partition(":")
    moved = same.get(kind, {}).get(key)
    return None if moved is None else f"{kind}:{moved}"


class _View:
    """A copy of a document in which edits are carried out one after another."""

    def __init__(self, document: Model) -> None:
        self.document = deepcopy(document)
        self.ideas = {row["id"]: row for row in document["ideas"]}

    def take(self, edit: Edit, count: Count | None) -> Edit:
        """Carry an edit out and return it with the numbers that it makes; raises DoesNotFit."""
        carry_out = {
            EditKind.NAME: self._name,
            EditKind.MERGE: self._merge,
            EditKind.SPLIT: self._split,
            EditKind.LEAVE_OUT: self._leave_out,
            EditKind.PICK: self._pick,
            EditKind.FOREWORD: self._foreword,
        }[EditKind(edit["kind"])]
        carry_out(edit, count)
        return edit

    def _name(self, edit: Edit, _count: Count | None) -> None:
        row = self._row(edit["target"])
        row["name"], row["named_by"] = edit["value"]["name"], edit["by"]

    def _merge(self, edit: Edit, count: Count | None) -> None:
        row, into = self._row(edit["target"]), self._row(edit["value"]["into"])
        heaps = self._heaps(edit["target"])
        if row is into or into not in heaps:
            raise DoesNotFit
        members = [*row["ideas"], *row["comments"], *into["ideas"], *into["comments"]]
        if count is not None:
            edit["value"]["counted"] = dict(count(members))
        into.setdefault("merged", []).append(self._label(row))
        into["changed_by"] = edit["by"]
        into["quotations"] = [*into["quotations"], *row["quotations"]]
        self._fill(into, members, edit["value"]["counted"])
        heaps.remove(row)
        self._move_points(edit["target"], edit["value"]["into"])

    def _split(self, edit: Edit, count: Count | None) -> None:
        row, value = self._row(edit["target"]), edit["value"]
        heaps = self._heaps(edit["target"])
        chosen = {*value["contributions"]} & {*row["ideas"], *row["comments"]}
        rest = {*row["ideas"], *row["comments"]} - chosen
        if not chosen or not rest or any(heap["key"] == value["key"] for heap in heaps):
            raise DoesNotFit
        if count is not None:
            value["counted"], value["rest"] = dict(count(chosen)), dict(count(rest))
        part = {
            **deepcopy(row),
            "key": value["key"],
            "name": value["name"],
            "named_by": edit["by"],
            "changed_by": edit["by"],
            "split_from": self._label(row),
            "quotations": [q for q in row["quotations"] if q["contribution"] in chosen],
        }
        row["quotations"] = [q for q in row["quotations"] if q["contribution"] in rest]
        row["changed_by"] = edit["by"]
        self._fill(part, chosen, value["counted"])
        self._fill(row, rest, value["rest"])
        heaps.insert(heaps.index(row) + 1, part)

    def _leave_out(self, edit: Edit, _count: Count | None) -> None:
        row = self._row(edit["target"])
        kept = [q for q in row.get("quotations", ()) if not _same_place(q, edit["value"])]
        if len(kept) == len(row.get("quotations", ())):
            raise DoesNotFit
        row["quotations"] = kept
        row["chosen_by"] = edit["by"]

    def _pick(self, edit: Edit, _count: Count | None) -> None:
        row, quotation = self._row(edit["target"]), edit["value"]["quotation"]
        if quotation["contribution"] not in {*row["ideas"], *row["comments"]}:
            raise DoesNotFit
        if not any(_same_place(q, quotation) for q in row["quotations"]):
            row["quotations"] = [*row["quotations"], {**quotation, "picked_by": edit["by"]}]
        row["chosen_by"] = edit["by"]

    def _foreword(self, edit: Edit, _count: Count | None) -> None:
        self.document["foreword"] = {"text": edit["value"]["text"], "by": edit["by"]}

    def _row(self, target: str) -> dict[str, Any]:
        kind, _, key = target.partition(":")
        rows = (
            self.document["groups"]["list"]
            if kind == "group"
            else self.document[LISTS[kind]]["list"]
            if kind in LISTS
            else []
        )
        field = "letter" if kind == "group" else "key"
        for row in rows:
            if row[field] == key:
                found: dict[str, Any] = row
                return found
        raise DoesNotFit

    def _heaps(self, target: str) -> list[dict[str, Any]]:
        kind = target.partition(":")[0]
        if kind not in LISTS:
            raise DoesNotFit
        heaps: list[dict[str, Any]] = self.document[LISTS[kind]]["list"]
        return heaps

    def _label(self, row: dict[str, Any]) -> str:
        return str(row.get("name") or ", ".join(row.get("terms", ())[:3]))

    def _fill(
        self, row: dict[str, Any], members: Collection[int], counted: Mapping[str, Any]
    ) -> None:
        """Give a heap these contributions and what follows from them."""
        ideas = sorted(i for i in members if i in self.ideas)
        row["ideas"] = ideas
        row["comments"] = sorted(i for i in members if i not in self.ideas)
        row["different_texts"], row["people"] = counted["different_texts"], counted["people"]
        row["votes"] = sum(self.ideas[i]["votes"] for i in ideas)
        row["share"] = _mean([self.ideas[i] for i in ideas])
        for letter in row["groups"]:
            row["groups"][letter] = _mean([self.ideas[i]["groups"][letter] for i in ideas])
        known = [mean for mean in row["groups"].values() if mean is not None]
        row["gap"] = round(max(known) - min(known), DECIMALS) if len(known) > 1 else None

    def _move_points(self, target: str, into: str) -> None:
        """Key points of a topic that was merged stand under the one it went into."""
        kind, _, key = target.partition(":")
        scopes = self.document["key_points"]["topics"]
        here = next((scope for scope in scopes if scope["topic"] == key), None)
        there = next((s for s in scopes if s["topic"] == into.partition(":")[2]), None)
        if kind != "topic" or here is None or there is None:
            return
        scopes.remove(here)
        there["list"] = sorted(
            [*there["list"], *here["list"]],
            key=lambda row: (-row["voices"], row["quotation"]["contribution"]),
        )
        if there["list"]:
            there["state"] = "ok"


def _mean(cells: Iterable[Mapping[str, Any] | None]) -> float | None:
    shares = [cell["agree"] / cell["votes"] for cell in cells if cell and cell["votes"]]
    return round(sum(shares) / len(shares), DECIMALS) if shares else None


def _same_place(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(one[name] == other[name] for name in ("contribution", "start", "end"))
