"""Runs one reference implementation on one input and prints what it found, as JSON.

`python reference_programs.py NAME INPUT.json` in the environment of requirements/references.txt,
which has nothing of the product: so this file imports nothing of ours. The CPU seconds cover the
method alone, not the reading of its input.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

PERMUTATIONS, JACCARD, WORDS = 128, 0.5, 3


def red_dwarf(given: dict[str, Any]) -> Callable[[], Any]:
    """Opinion groups: {"votes": [[person, statement, vote], …], "removed": […], "k": number}."""
    from reddwarf.implementations.polis import run_pipeline  # noqa: PLC0415 - each has its own

    votes = [
        {"participant_id": person, "statement_id": statement, "vote": vote, "modified": 0}
        for person, statement, vote in given["votes"]
    ]

    def work() -> dict[str, int]:
        found = run_pipeline(
            votes=votes,
            mod_out_statement_ids=given["removed"],
            force_group_count=given["k"],
            random_state=0,
        )
        groups = found.participants_df["cluster_id"].dropna()
        return {str(person): int(group) for person, group in groups.items()}

    return work


def datasketch(given: dict[str, Any]) -> Callable[[], Any]:
    """Near-duplicates: {"texts": […]}, joined where MinHash-LSH says they are alike."""
    from datasketch import MinHash, MinHashLSH  # noqa: PLC0415 - likewise

    texts: list[str] = given["texts"]

    def work() -> list[int]:
        index = MinHashLSH(threshold=JACCARD, num_perm=PERMUTATIONS)
        join = _Families(len(texts))
        for number, text in enumerate(texts):
            sketch = MinHash(num_perm=PERMUTATIONS, seed=1)
            sketch.update_batch([piece.encode() for piece in shingles(text)])
            for other in index.query(sketch):
                join(number, other)
            index.insert(number, sketch)
        return join.labels()

    return work


def rensa(given: dict[str, Any]) -> Callable[[], Any]:
    """Near-duplicates, as `datasketch`, by the method written in Rust."""
    from rensa import RMinHash, RMinHashLSH  # noqa: PLC0415 - likewise

    texts: list[str] = given["texts"]

    def work() -> list[int]:
        index = RMinHashLSH(threshold=JACCARD, num_perm=PERMUTATIONS, num_bands=32)
        join = _Families(len(texts))
        for number, text in enumerate(texts):
            sketch = RMinHash(num_perm=PERMUTATIONS, seed=1)
            sketch.update(shingles(text))
            for other in index.query(sketch):
                join(number, other)
            index.insert(number, sketch)
        return join.labels()

    return work


def shingles(text: str) -> list[str]:
    words = text.lower().split()
    if len(words) < WORDS:
        return [" ".join(words)]
    return sorted({" ".join(words[at : at + WORDS]) for at in range(len(words) - WORDS + 1)})


class _Families:
    """Connected components; families of one are no family."""

    def __init__(self, size: int) -> None:
        self._parent = list(range(size))

    def __call__(self, one: int, other: int) -> None:
        self._parent[self._root(one)] = self._root(other)

    def labels(self) -> list[int]:
        roots = [self._root(number) for number in range(len(self._parent))]
        sizes = Counter(roots)
        return [root if sizes[root] > 1 else -1 for root in roots]

    def _root(self, number: int) -> int:
        while self._parent[number] != number:
            self._parent[number] = self._parent[self._parent[number]]
            number = self._parent[number]
        return number


def main() -> None:
    name, path = sys.argv[1:3]
    work = {"red-dwarf": red_dwarf, "datasketch": datasketch, "rensa": rensa}[name](
        json.loads(Path(path).read_text())
    )
    started = time.process_time()
    found = work()
    seconds = time.process_time() - started
    json.dump({"found": found, "seconds": round(seconds, 3)}, sys.stdout)


if __name__ == "__main__":
    main()
