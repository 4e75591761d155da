"""Reads published Pol.is conversations from the folder of open data, for tests and benchmarks."""

import csv
import os
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from tests.parts import run

CONVERSATIONS = (
    "brexit-consensus",
    "canadian-electoral-reform",
    "football-concussions",
    "scoop-hivemind.affordable-housing",
    "scoop-hivemind.biodiversity",
    "vtaiwan.uberx",
)


def open_data(part):
    """The folder of one open data set; where there is none the test is skipped, with CI=true
    failed."""
    root = os.environ.get("DIALOGUE_OPEN_DATA")
    if not root:
        run.missing(f"The open data of {part} (DIALOGUE_OPEN_DATA)")
    return Path(root) / part


def read_conversation(folder):
    """(votes, voted, published group or -1, removed columns) of one export."""
    with (folder / "participants-votes.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with (folder / "comments.csv").open(encoding="utf-8") as file:
        moderated = {row["comment-id"]: row["moderated"] for row in csv.DictReader(file)}
    statements = [name for name in rows[0] if name.isdigit()]
    table = [[row[name] for name in statements] for row in rows]
    voted = np.array([[cell != "" for cell in line] for line in table])
    votes = np.array([[int(float(cell or 0)) for cell in line] for line in table], dtype=np.int8)
    published = np.array([int(row["group-id"] or -1) for row in rows])
    removed = [j for j, name in enumerate(statements) if moderated.get(name) == "-1"]
    return sp.csr_array(votes), sp.csr_array(voted), published, removed
