"""Small Pol.is exports, written by hand, for the tests to change."""

from __future__ import annotations

import csv
import io
from pathlib import Path

COMMENTS = """\
timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body
1500000003000,Fri Jul 14 02:40:03 UTC 2017,2,4,0,1,-1,Shut the office
1500000001000,Fri Jul 14 02:40:01 UTC 2017,0,0,2,0,1,"A text line, on ""every"" card"
1500000002000,Fri Jul 14 02:40:02 UTC 2017,1,0,1,1,0,"Café hours are
too short
"
"""

VOTES = """\
timestamp,datetime,comment-id,voter-id,vote
1500000010123,Fri Jul 14 02:40:10 UTC 2017,0,0,1
1500000015000,Fri Jul 14 02:40:15 UTC 2017,0,7,1
1500000012000,Fri Jul 14 02:40:12 UTC 2017,0,7,-1
1500000013000,Fri Jul 14 02:40:13 UTC 2017,1,4,-1
1500000014000,Fri Jul 14 02:40:14 UTC 2017,1,7,1
1500000016000,Fri Jul 14 02:40:16 UTC 2017,1,0,0
1500000017000,Fri Jul 14 02:40:17 UTC 2017,2,7,-1
"""

PEOPLE = """\
participant,group-id,n-comments,n-votes,n-agree,n-disagree,0,1,2
7,1,0,3,2,1,1,1,-1
0,0,2,2,1,0,1,0,
4,,1,1,0,1,,-1,
12,,0,0,0,0,,,
"""

SUMMARY = """\
topic,How can workers reach us?
url,https://pol.is/example
views,31
voters,3
conversation-description,"Say what **helps**.

More at [our page](https://law.example/x)."
"""

# What the export writes back: of each person the last vote, by comment and person.
VOTES_BACK = """\
timestamp,datetime,comment-id,voter-id,vote
1500000010123,Fri Jul 14 02:40:10 UTC 2017,0,0,1
1500000015000,Fri Jul 14 02:40:15 UTC 2017,0,7,1
1500000016000,Fri Jul 14 02:40:16 UTC 2017,1,0,0
1500000013000,Fri Jul 14 02:40:13 UTC 2017,1,4,-1
1500000014000,Fri Jul 14 02:40:14 UTC 2017,1,7,1
1500000017000,Fri Jul 14 02:40:17 UTC 2017,2,7,-1
"""


def write(folder: Path, **changed: str | bytes | None) -> Path:
    """Write the four files; `comments`, `votes`, `people`, `summary` replace one (None: none)."""
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, str | bytes | None] = {
        "comments": COMMENTS,
        "votes": VOTES,
        "people": PEOPLE,
        "summary": SUMMARY,
    }
    files.update(changed)
    files["participants-votes"] = files.pop("people")
    for name, content in files.items():
        if content is not None:
            content = content.encode() if isinstance(content, str) else content
            (folder / f"{name}.csv").write_bytes(content)
    return folder


def rows(content: bytes | str) -> list[dict[str, str]]:
    """Return the rows of a CSV file by column."""
    text = content.decode() if isinstance(content, bytes) else content
    return list(csv.DictReader(io.StringIO(text, newline="")))


def last_votes(content: bytes | str) -> dict[tuple[str, str], tuple[str, str, str]]:
    """Return (comment, person) → (timestamp, local time, vote), the last in time of each."""
    last: dict[tuple[str, str], tuple[str, str, str]] = {}
    for row in rows(content):
        key = (row["comment-id"], row["voter-id"])
        if key not in last or int(row["timestamp"]) >= int(last[key][0]):
            last[key] = (row["timestamp"], row["datetime"], row["vote"])
    return last
