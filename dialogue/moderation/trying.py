"""Trying a watch list on what people really wrote, before it is saved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from markupsafe import Markup

from dialogue.analysis.watching import Match, WatchList, spans_over
from dialogue.kernel import marks, text
from dialogue.kernel.errors import FieldErrors
from dialogue.moderation.policies import Scope
from dialogue.moderation.queries import screening as known
from dialogue.moderation.queries.screening import Entry, Sample

_EXAMPLES = 20
_AROUND = 60  # code points of the text around what was found
_FEW_ITEMS = 20  # with fewer, nothing can be said about how often a word stands in them


@dataclass(frozen=True)
class Example:
    """A stretch of an item with what was found in it marked."""

    words: Markup


@dataclass(frozen=True)
class Trial:
    """What a list would have shown: of how many items, how often each entry, some examples."""

    items: int
    marked: int
    counts: Sequence[tuple[str, int]]  # (entry, items that have it), most frequent first
    silent: int  # entries that no item has
    examples: Sequence[Example]


def try_out(entries: Sequence[Entry], scope: Scope) -> Trial:
    """Look for the entries in the last thousand items of the scope.

    Raises FieldErrors for an entry that more than half of them have: it would say nothing.
    """
    watch_list = WatchList((entry.kind, entry.folded) for entry in entries)
    samples = list(known.last_items(scope))
    links = {link.href for sample in samples for link in marks.links(sample.html)}
    targets = known.targets_of(known.stored_link_ids(links))
    found_in: Counter[str] = Counter()
    examples: list[Example] = []
    marked = 0
    for sample in samples:
        found = _matches(sample, watch_list, targets)
        found_in.update({match.entry for _words, match in found})
        marked += bool(found)
        if found and len(examples) < _EXAMPLES:
            examples.append(_example(*found[0]))
    _refuse_those_that_match_everything(entries, found_in, len(samples))
    typed = {entry.folded: entry.typed for entry in entries}
    counts = sorted(
        ((typed.get(entry, entry), number) for entry, number in found_in.items()),
        key=lambda one: (-one[1], one[0]),
    )
    return Trial(len(samples), marked, counts, len(typed) - len(found_in), examples)


def _matches(
    sample: Sample, watch_list: WatchList, targets: dict[str, str]
) -> list[tuple[str, Match]]:
    words = marks.reading_text(sample.html)
    found = [(sample.title, match) for match in watch_list.find(sample.title)]
    found += [(words, match) for match in watch_list.find(words)]
    for link in marks.links(sample.html):
        entry = watch_list.entry_of(targets.get(link.href, link.href))
        if entry:
            found.append((words, Match(link.start, link.end, entry)))
    return found


def _example(words: str, match: Match) -> Example:
    start, end = max(match.start - _AROUND, 0), match.end + _AROUND
    stretches = [marks.Stretch(first - start, last - start) for first, last in spans_over([match])]
    shown = marks.mark_plain(words[start:end].replace("\n", " "), stretches)
    return Example(text.stored(("…" if start else "") + shown))


def _refuse_those_that_match_everything(
    entries: Sequence[Entry], found_in: Counter[str], items: int
) -> None:
    errors: dict[str, str] = {}
    for entry in entries:
        if items >= _FEW_ITEMS and found_in[entry.folded] * 2 > items:
            errors.setdefault(
                str(entry.kind),
                _(
                    "“%(entry)s” stands in %(n)s of the last %(items)s items. A mark on nearly"
                    " everything says nothing: take it out.",
                    entry=entry.typed,
                    n=found_in[entry.folded],
                    items=items,
                ),
            )
    if errors:
        raise FieldErrors(errors)
