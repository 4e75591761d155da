"""The search for planted words (tests/security/test_canaries.py) as every role, with its figures.

Promised: a word that was planted in a hidden state comes to light nowhere.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence

import pytest

from drills import figures
from drills.figures import Figure

_LINE = re.compile(r"^ {2}(?P<name>[^:\n]+): (?P<number>\d+)$", re.MULTILINE)
_SUM = re.compile(r"^(?P<words>\d+) words in (?P<states>\d+) hidden states$", re.MULTILINE)


def drill() -> Sequence[Figure]:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider"),
            "tests/security/test_canaries.py",
        ],
        env=os.environ | {"DIALOGUE_CANARIES": "all"},
        capture_output=True,
        text=True,
        check=False,
    )
    print(done.stdout, done.stderr, file=sys.stderr)
    planted = _SUM.search(done.stdout)
    if planted is None:
        pytest.fail("The search ended without figures.")
    counted = {found["name"]: int(found["number"]) for found in _LINE.finditer(done.stdout)}
    return [
        figures.seen("planted words", int(planted["words"])),
        figures.seen("hidden states", int(planted["states"])),
        *(figures.seen(f"searched: {name}", n) for name, n in counted.items() if name != "hits"),
        figures.none("hits", counted["hits"]),
    ]


if __name__ == "__main__":
    figures.main(drill)
