"""What a report rests on: one dialogue frozen at one moment, as plain values.

Everything below is pure data: the queries that fill it stand in `reading.py`, the numbers made
of it in `sections/`. People are numbered by what they did (their votes and texts), never by their
ids: the same dialogue gives the same snapshot in another database, after a shuffled import, and
no id of a person can reach a file.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

CHOICES = {"agree": 1, "disagree": -1, "pass": 0}


@dataclass(frozen=True)
class DialogueFacts:
    """What a report says about the dialogue itself."""

    slug: str
    name: str
    question: str
    language: str
    time_zone: str
    imported: bool


@dataclass(frozen=True)
class TopicFacts:
    """A topic of the dialogue, in the agency's words."""

    slug: str
    name: str


@dataclass(frozen=True)
class Text:
    """A published contribution: its public wording and who wrote it (a number of this snapshot)."""

    id: int
    kind: str
    idea_id: int | None
    topic: str  # slug; "" without one
    revision: int
    title: str
    plain: str
    language: str
    author: int
    day: int  # ordinal in the dialogue's time zone

    @property
    def wording(self) -> str:
        """Return the text that quotations count their characters in: title, line feed, body."""
        return f"{self.title}\n{self.plain}"

    @property
    def fingerprint(self) -> str:
        """Return the first 16 hexadecimal digits of the wording's SHA-256."""
        return fingerprint(self.wording)


@dataclass(frozen=True)
class Votes:
    """Every vote as four columns of one length, sorted by person and idea."""

    person: NDArray[np.int64]
    idea: NDArray[np.int64]
    choice: NDArray[np.int8]  # 1 agree, -1 disagree, 0 pass
    day: NDArray[np.int64]  # ordinal in the dialogue's time zone

    def __len__(self) -> int:
        return int(self.person.size)


@dataclass(frozen=True)
class Moderation:
    """What moderators did, in numbers. `reasons`: label → contributions not published for it;
    `decisions`: outcome → decisions that stand."""

    received: int
    checked: int
    reasons: dict[str, int]
    decisions: dict[str, int]


@dataclass(frozen=True)
class Snapshot:
    """A dialogue as it was at `until`, the moment of the last thing that the report counts."""

    dialogue: DialogueFacts
    until: datetime
    topics: tuple[TopicFacts, ...]
    texts: tuple[Text, ...]  # sorted by id
    removed: tuple[int, ...]  # ideas that people voted on and that are not public (now), by id
    votes: Votes
    people: int  # those who voted or whose text is published: 0 … people-1
    moderation: Moderation
    ideas: tuple[Text, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ideas", tuple(t for t in self.texts if t.kind == "idea"))

    @cached_property
    def by_id(self) -> dict[int, Text]:
        """Return the published contributions by id."""
        return {text.id: text for text in self.texts}

    @cached_property
    def sha256(self) -> str:
        """Return the digest of everything above: the identity of a report's input."""
        digest = hashlib.sha256(_canonical(self._head()))
        for text in self.texts:
            digest.update(_canonical(_text_row(text)))
        for column in (self.votes.person, self.votes.idea, self.votes.choice, self.votes.day):
            digest.update(np.ascontiguousarray(column.astype("<i8")).tobytes())
        return digest.hexdigest()

    def _head(self) -> list[Any]:
        return [
            [*vars(self.dialogue).values()],
            self.until.isoformat(),
            [[topic.slug, topic.name] for topic in self.topics],
            self.removed,
            self.people,
            [*vars(self.moderation).values()],
        ]


def _text_row(text: Text) -> list[Any]:
    return [
        *(text.id, text.kind, text.idea_id, text.topic, text.revision, text.title, text.plain),
        *(text.language, text.author, text.day),
    ]


def _canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def fingerprint(wording: str) -> str:
    """Return the first 16 hexadecimal digits of a text's SHA-256."""
    return hashlib.sha256(wording.encode()).hexdigest()[:16]


def number_people(
    people: NDArray[np.int64],
    idea: NDArray[np.int64],
    choice: NDArray[np.int8],
    day: NDArray[np.int64],
    wrote: dict[int, list[int]],
) -> dict[int, int]:
    """Return participant id → number, ordered by what each one voted and wrote.

    `people`, `idea`, `choice`, `day`: the columns of the votes; `wrote`: participant id → ids of
    their published contributions. Two people who did exactly the same on the same days may swap
    numbers: nothing that is computed can tell them apart.
    """
    order = np.lexsort((choice, idea, people))
    people, idea, choice, day = people[order], idea[order], choice[order], day[order]
    ids, starts = np.unique(people, return_index=True)
    bounds = np.append(starts, people.size).tolist()
    keys: dict[int, tuple[bytes, bytes, bytes]] = {}
    days = day.astype(">i8")
    packed = np.stack((idea.astype(">i8"), (choice.astype(np.int64) + 1).astype(">i8")), axis=1)
    for person, start, end in zip(ids.tolist(), bounds, bounds[1:], strict=False):
        keys[person] = (packed[start:end].tobytes(), b"", days[start:end].tobytes())
    for person, written in wrote.items():
        said = np.asarray(sorted(written), dtype=">i8").tobytes()
        voted, _, on = keys.get(person, (b"", b"", b""))
        keys[person] = (voted, said, on)
    return {person: n for n, person in enumerate(sorted(keys, key=lambda p: (*keys[p], p)))}
