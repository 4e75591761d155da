"""Reads the files of a Pol.is export and says, by file and line, everything that is wrong.

comments.csv and votes.csv are needed; participants-votes.csv (published groups, people who never
voted) and summary.csv (title, description) are read when they are there. Nothing here touches the
database.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from dialogue.kernel.errors import DomainError
from dialogue.kernel.text import CEILING, BadText, clean_source
from dialogue.participation.polis import moments

COMMENTS, VOTES = "comments.csv", "votes.csv"
PEOPLE, SUMMARY = "participants-votes.csv", "summary.csv"
MOST_PROBLEMS = 50  # named at once; the rest is likely more of the same
_LARGEST_ID = 2**31 - 1

Vote = tuple[int, int]  # milliseconds since 1970; 1 agree, -1 disagree, 0 pass


class BadFiles(DomainError):
    """The files cannot be loaded; `problems` holds one sentence for each place."""

    status = 422

    def __init__(self, problems: Sequence[str]):
        super().__init__("\n".join(problems))
        self.problems = list(problems)


@dataclass(frozen=True)
class Statement:
    """A row of comments.csv; `moderated`: 1 approved, 0 never looked at (was shown), -1 removed."""

    id: int
    author: int
    milliseconds: int
    moderated: int
    text: str


@dataclass
class Conversation:
    """What the files hold: of each person and statement the last vote alone."""

    sha256: str = ""
    statements: dict[int, Statement] = field(default_factory=dict)  # in the file's order
    votes: dict[tuple[int, int], Vote] = field(default_factory=dict)  # (statement, person)
    vote_rows: int = 0
    people: dict[int, str] = field(default_factory=dict)  # id: published group or ""
    summary: list[list[str]] = field(default_factory=list)
    zones: set[tuple[int, moments.Zone]] = field(default_factory=set)

    def about(self, key: str) -> str:
        """Return a value of summary.csv; empty when it has none."""
        return next((row[1].strip() for row in self.summary if row[0] == key), "")


def read(folder: Path, *, now: datetime) -> Conversation:
    """Return the conversation in `folder`. Raises BadFiles, naming up to 50 places."""
    reader = _Reader(folder, moments.milliseconds_of(now))
    try:
        reader.read_comments()
        reader.read_votes()
        reader.read_people()
        reader.read_summary()
    except _Full:
        pass
    if reader.problems:
        raise BadFiles(reader.problems)
    return reader.finished()


class _Full(Exception):
    """Enough problems were found."""


class _Wrong(Exception):
    """A value is not what its column holds; the text says why."""


class _Reader:
    def __init__(self, folder: Path, present: int):
        self.folder = folder
        self.present = present
        self.conversation = Conversation()
        self.problems: list[str] = []
        self._digest = hashlib.sha256()

    def read_comments(self) -> None:
        found = self.conversation.statements
        needed = ("timestamp", "comment-id", "author-id", "moderated", "comment-body")
        for line, row in self._rows(COMMENTS, needed):
            try:
                statement = self._statement(row)
                if statement.id in found:
                    raise _Wrong(f"the comment-id {statement.id} stands here a second time")
                found[statement.id] = statement
            except _Wrong as wrong:
                self._note(COMMENTS, line, str(wrong))
        if not found and not self.problems:
            self._note(COMMENTS, 1, "no comments follow the heading")

    def read_votes(self) -> None:
        votes = self.conversation.votes
        comments_hold = not self.problems
        for line, row in self._rows(VOTES, ("timestamp", "comment-id", "voter-id", "vote")):
            try:
                statement = _number(row, "comment-id")
                if comments_hold and statement not in self.conversation.statements:
                    raise _Wrong(f"the comment-id {statement} is not in {COMMENTS}")
                person = _number(row, "voter-id")
                choice = _one_of(row, "vote", ("1", "0", "-1"))
                milliseconds = self._moment(row)
            except _Wrong as wrong:
                self._note(VOTES, line, str(wrong))
                continue
            self.conversation.vote_rows += 1
            earlier = votes.get((statement, person))
            if earlier is None or milliseconds >= earlier[0]:
                votes[statement, person] = (milliseconds, choice)

    def read_people(self) -> None:
        if not (self.folder / PEOPLE).exists():
            return
        for line, row in self._rows(PEOPLE, ("participant",)):
            try:
                person = _number(row, "participant")
                if person in self.conversation.people:
                    raise _Wrong(f"the participant {person} stands here a second time")
                group = row.get("group-id", "")
                if group and (not group.isascii() or not group.isdigit()):
                    raise _Wrong(f"group-id is {_shown(group)}, not a number")
                self.conversation.people[person] = group
            except _Wrong as wrong:
                self._note(PEOPLE, line, str(wrong))

    def read_summary(self) -> None:
        if not (self.folder / SUMMARY).exists():
            return
        for line, row in self._lines(SUMMARY):
            try:
                if len(row) != 2:
                    raise _Wrong(f"there are {len(row)} values where two belong")
                _storable(row[0], row[1])
                self.conversation.summary.append(row)
            except _Wrong as wrong:
                self._note(SUMMARY, line, str(wrong))

    def finished(self) -> Conversation:
        """Return what was read, with the digest of all files."""
        self.conversation.sha256 = self._digest.hexdigest()
        return self.conversation

    def _statement(self, row: dict[str, str]) -> Statement:
        text = row["comment-body"]
        moderated = _one_of(row, "moderated", ("1", "0", "-1"))
        _storable(text)
        if not clean_source(text).strip() and moderated != -1:
            raise _Wrong("comment-body is empty; that can only be where moderated is -1")
        if len(text) > CEILING:
            raise _Wrong(f"comment-body is longer than {CEILING:,} characters")
        return Statement(
            id=_number(row, "comment-id"),
            author=_number(row, "author-id"),
            milliseconds=self._moment(row),
            moderated=moderated,
            text=text,
        )

    def _moment(self, row: dict[str, str]) -> int:
        value = row["timestamp"]
        if not (value.isascii() and value.isdigit() and len(value) < 16 and int(value) > 0):
            raise _Wrong(f"timestamp is {_shown(value)}, not a time in milliseconds since 1970")
        milliseconds = int(value)
        if milliseconds >= self.present:
            raise _Wrong(f"timestamp is {value}, which lies in the future")
        local = row.get("datetime")
        if local is not None:
            zone = moments.zone_of(milliseconds // 1000, local)
            if zone is None:
                raise _Wrong(f"datetime is {_shown(local)}, which is not the time of {value}")
            self.conversation.zones.add((milliseconds, zone))
        return milliseconds

    def _rows(self, name: str, needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
        heading: list[str] | None = None
        for line, row in self._lines(name):
            if heading is None:
                heading = row
                missing = [column for column in needed if column not in heading]
                if missing or len(set(heading)) < len(heading):
                    what = (
                        f"the column {missing[0]} is missing" if missing else "a column is double"
                    )
                    self._note(name, line, what)
                    return
            elif len(row) != len(heading):
                count, expected = len(row), len(heading)
                self._note(name, line, f"there are {count} values where {expected} belong")
            else:
                yield line, dict(zip(heading, row, strict=True))
        if heading is None and not self.problems:
            self._note(name, 1, "the file is empty")

    def _lines(self, name: str) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows of a file with the line that each begins in."""
        try:
            content = (self.folder / name).read_bytes()
        except OSError as error:
            self._note(name, 0, f"cannot be read ({error.strerror or error})")
            return
        self._digest.update(f"{name}:{len(content)}\n".encode() + content)
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            self._note(name, line, "there are bytes that are not UTF-8")
            return
        rows = csv.reader(io.StringIO(text, newline=""), strict=True)
        begins = 1
        while True:
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                self._note(name, begins, f"the row cannot be read ({error})")
                return
            if row:
                yield begins, row
            begins = rows.line_num + 1

    def _note(self, name: str, line: int, what: str) -> None:
        place = f"{name}, line {line}" if line else name
        self.problems.append(f"{place}: {what}.")
        if len(self.problems) >= MOST_PROBLEMS:
            raise _Full


def _number(row: dict[str, str], column: str) -> int:
    value = row[column]
    if not (value.isascii() and value.isdigit() and len(value) < 11 and str(int(value)) == value):
        raise _Wrong(f"{column} is {_shown(value)}, not a whole number from 0 upwards")
    number = int(value)
    if number > _LARGEST_ID:
        raise _Wrong(f"{column} is {value}, which is too large")
    return number


def _one_of(row: dict[str, str], column: str, values: Sequence[str]) -> int:
    value = row[column]
    if value not in values:
        raise _Wrong(f"{column} is {_shown(value)}, not one of {', '.join(values)}")
    return int(value)


def _storable(*texts: str) -> None:
    for text in texts:
        try:
            clean_source(text)
        except BadText:
            raise _Wrong("there are characters that cannot be stored (a NUL byte?)") from None


def _shown(value: str) -> str:
    return repr(value if len(value) <= 40 else value[:40] + "…")
