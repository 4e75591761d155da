"""Does a report hold? Counts everything in it again and says which number does not fit.

A report fixes a moment; a dialogue goes on. So votes are counted up to that moment, and what
people did afterwards (a vote changed or removed, a text withdrawn) is told apart from what cannot
have happened: a count that rose, a quotation that reads differently, a number that follows from
nothing. While nothing has moved, the whole report is built again and compared value by value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.exc import OperationalError, StatementError

from dialogue.dialogues.models import Act, Dialogue
from dialogue.dialogues.queries import dialogue_by_slug
from dialogue.kernel.db import db
from dialogue.moderation.models import ModerationDecision
from dialogue.participation.models import Contribution, Revision, Vote
from dialogue.participation.queries.visibility import is_listed, is_readable
from dialogue.reports import build, model, reading
from dialogue.reports.sections import participation
from dialogue.reports.sections.tallies import Matrix, Tally
from dialogue.reports.snapshot import Snapshot, fingerprint

TOLERANCE = 1.1 * 10**-model.DECIMALS
MOST_LINES = 20
_NEEDED = {
    *("dialogue", "covers", "counts", "sets", "texts", "ideas", "ideas_taken_out"),
    "input_sha256",
}

# What a file with values of other kinds than a report's leads to, here or in the database.
_MALFORMED = (
    AttributeError,
    LookupError,
    OverflowError,
    TypeError,
    ValueError,
    StatementError,
)


@dataclass
class Verdict:
    """What was found. `problems`: it does not hold; `stale`: held, but words in it were taken
    back since; `notes`: what people did after the report; `checked`: how much was looked at."""

    problems: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    checked: Counter[str] = field(default_factory=Counter)

    @property
    def exit_status(self) -> int:
        """Return 0 when the report holds, 1 when not, 3 when it needs a new edition."""
        if self.problems:
            return 1
        return 3 if self.stale else 0


def verify(document: Any) -> Verdict:
    """Check a report document (parsed JSON, from whom it may be) against the database."""
    verdict = Verdict()
    try:
        _check(document, verdict)
    except OperationalError:  # the database's fault, not the file's
        raise
    except _MALFORMED as problem:
        db.session.rollback()
        verdict.problems.append(
            f"Parts of this file do not have the form of a report ({type(problem).__name__})."
        )
    return verdict


def _check(document: Any, verdict: Verdict) -> None:
    dialogue = _checked_frame(document, verdict)
    if dialogue is None:
        return
    until = datetime.fromisoformat(document["covers"]["until"])
    snapshot = reading.read_snapshot(dialogue, until)
    _check_quotations(document, dialogue, verdict)
    _check_texts(document, dialogue, verdict)
    _check_sums(document, verdict)
    moved = _moved_since(dialogue, until)
    _check_votes(document, snapshot, dialogue, until, verdict)
    if snapshot.sha256 == document["input_sha256"]:
        _check_everything(document, snapshot, verdict)
    else:
        _check_named_counts(document, snapshot, moved, verdict)


def _checked_frame(document: Any, verdict: Verdict) -> Dialogue | None:
    """Check form, digest and dialogue; None when there is no point in looking further."""
    if not isinstance(document, dict) or document.get("format") != model.FORMAT:
        verdict.problems.append("This is not a report of this platform.")
        return None
    if document.get("version") != model.VERSION:
        verdict.problems.append(
            f"This report has version {document.get('version')}; this program knows version"
            f" {model.VERSION}."
        )
        return None
    found = model.digest(document)
    if document.get("sha256") != found:
        verdict.problems.append(
            f"The file was altered: it states SHA-256 {document.get('sha256')}, its content has"
            f" {found}."
        )
    missing = _NEEDED - document.keys()
    if missing:
        verdict.problems.append(f"Parts are missing: {', '.join(sorted(missing))}.")
        return None
    verdict.checked["digest"] += 1
    dialogue = dialogue_by_slug(document["dialogue"]["slug"])
    if dialogue is None:
        verdict.problems.append(
            f"There is no dialogue “{document['dialogue']['slug']}” in this database."
        )
    return dialogue


def _check_quotations(document: model.Model, dialogue: Dialogue, verdict: Verdict) -> None:
    """Find each quotation at its place in the revision it names."""
    quotations = list(_quotations(document))
    ids = {quotation["revision"] for quotation in quotations}
    texts = {}
    for part in _parts(sorted(ids)):
        rows = db.session.execute(
            select(
                Revision.id,
                Revision.title,
                Revision.plain,
                Contribution.id.label("contribution"),
                is_readable().label("listed"),
            )
            .join(Contribution, Contribution.id == Revision.contribution_id)
            .where(Revision.id.in_(part), Contribution.dialogue_id == dialogue.id)
        )
        texts.update({row.id: row for row in rows})
    gone = set()
    for quotation in quotations:
        verdict.checked["quotations"] += 1
        row = texts.get(quotation["revision"])
        where = f"revision {quotation['revision']} of contribution {quotation['contribution']}"
        if row is None or row.contribution != quotation["contribution"]:
            verdict.problems.append(f"The quotation from {where} has no such source.")
            continue
        source = f"{row.title}\n{row.plain}"[quotation["start"] : quotation["end"]]
        if not row.listed:
            gone.add(row.contribution)
        if source != quotation["text"]:
            verdict.problems.append(
                f"The quotation from {where} reads “{_short(quotation['text'])}”; the database has"
                f" “{_short(source)}” there."
            )
    verdict.stale += [
        f"Contribution {contribution} is quoted but not public any more."
        for contribution in sorted(gone)
    ]


def _check_texts(document: model.Model, dialogue: Dialogue, verdict: Verdict) -> None:
    """Compare every text that was counted with its revision as it is now."""
    stated = {row["revision"]: row for row in document["texts"]}
    found = {}
    for part in _parts(sorted(stated)):
        rows = db.session.execute(
            select(Revision.id, Revision.title, Revision.plain, Revision.contribution_id)
            .join(Contribution, Contribution.id == Revision.contribution_id)
            .where(Revision.id.in_(part), Contribution.dialogue_id == dialogue.id)
        )
        found.update({row.id: row for row in rows})
    for revision, stated_row in stated.items():
        verdict.checked["texts"] += 1
        row = found.get(revision)
        if row is None or row.contribution_id != stated_row["id"]:
            verdict.problems.append(
                f"Contribution {stated_row['id']} has no revision {revision} in the database."
            )
        elif fingerprint(f"{row.title}\n{row.plain}") != stated_row["sha256"]:
            verdict.problems.append(
                f"Contribution {stated_row['id']}: the text that the report counted was altered."
            )


def _check_sums(document: model.Model, verdict: Verdict) -> None:
    """Check that the parts of the document add up to its counts."""
    counts, sets = document["counts"], document["sets"]
    votes = sum(row["votes"] for row in document["ideas"])
    other = sum(row["votes"] for row in document["ideas_taken_out"])
    expected = {
        "ideas_published": len(sets["ideas_published"]),
        "comments_published": len(sets["comments_published"]),
        "votes_on_published": votes,
        "votes_on_unpublished": other,
        "votes": votes + other,
    }
    for name, value in expected.items():
        verdict.checked["numbers"] += 1
        if counts.get(name) != value:
            verdict.problems.append(
                f"counts.{name}: report says {counts.get(name)}; its own parts add up to {value}."
            )
    if sorted(row["id"] for row in document["ideas"]) != sorted(sets["ideas_published"]):
        verdict.problems.append("The ideas listed are not the set ideas_published.")


def _check_votes(
    document: model.Model,
    snapshot: Snapshot,
    dialogue: Dialogue,
    until: datetime,
    verdict: Verdict,
) -> None:
    """Recount the votes of each idea, up to the moment of the report."""
    recounted = Matrix(snapshot).tallies()
    later = _later_votes(dialogue, until)
    may_be_removed = _voting_went_on(dialogue, until)
    stored = {
        row.id: Tally(row.agree, row.disagree, row.passed)
        for row in db.session.execute(
            select(
                Contribution.id, Contribution.agree, Contribution.disagree, Contribution.passed
            ).where(Contribution.dialogue_id == dialogue.id, is_listed())
        )
    }
    moved = 0
    for row in [*document["ideas"], *document["ideas_taken_out"]]:
        verdict.checked["numbers"] += 3
        said = Tally(row["agree"], row["disagree"], row["pass"])
        found = recounted.get(row["id"], Tally(0, 0, 0))
        line = (
            f"Idea {row['id']}: report says {_say(said, found)}; database says {_say(found, said)}."
        )
        missing = max(0, said.votes - found.votes)
        rose = any(
            getattr(found, name) > getattr(said, name) for name in ("agree", "disagree", "passed")
        )
        if said == found:
            pass
        elif rose or not (missing <= later.get(row["id"], 0) or may_be_removed):
            verdict.problems.append(line)
            continue
        else:
            moved += missing
        now = stored.get(row["id"])
        current = found.votes + later.get(row["id"], 0)
        if now is not None and now.votes != current:
            verdict.problems.append(
                f"Idea {row['id']}: its stored counts say {now.votes} votes; there are {current}."
            )
    if moved:
        verdict.notes.append(
            f"{moved} votes were changed or removed by their people after {until.isoformat()};"
            " the numbers that depend on them cannot be recounted."
        )


def _check_everything(document: model.Model, snapshot: Snapshot, verdict: Verdict) -> None:
    """Build the report again from the same input and compare every value."""
    again = build.build(snapshot)
    stated = {key: value for key, value in document.items() if key != "sha256"}
    fresh = {key: value for key, value in again.items() if key != "sha256"}
    differing = list(_differences("", stated, fresh, verdict.checked))
    versions = [line for line in differing if line.startswith("method.versions.")]
    if versions:
        verdict.notes.append(f"Made with other versions: {' '.join(versions)}")
    others = [line for line in differing if line not in versions]
    verdict.problems += others[:MOST_LINES]
    if len(others) > MOST_LINES:
        verdict.problems.append(f"… and {len(others) - MOST_LINES} more values differ.")


def _check_named_counts(
    document: model.Model, snapshot: Snapshot, moved: dict[str, int], verdict: Verdict
) -> None:
    """The input is not the same any more: say what was taken back and what cannot be explained."""
    public = {text.id for text in snapshot.texts}
    quoted_gone = {line.split(" ")[1] for line in verdict.stale}
    for name in ("ideas_published", "comments_published"):
        for contribution in document["sets"][name]:
            if contribution not in public and str(contribution) not in quoted_gone:
                verdict.stale.append(f"Contribution {contribution} is not public any more.")
    counts = participation.count(snapshot)
    if any(moved.values()) or verdict.stale or verdict.notes:
        verdict.notes += [
            f"{number} {what} since the report." for what, number in moved.items() if number
        ]
        return
    for name, value in document["counts"].items():
        if counts.get(name) != value:
            verdict.problems.append(
                f"counts.{name}: report says {value}; database says {counts.get(name)}."
            )
    if not verdict.problems:
        verdict.problems.append(
            "The votes or texts behind this report were altered, though their totals are the same:"
            f" the report was made from input {document['input_sha256']}, the database has"
            f" {snapshot.sha256}."
        )


def _moved_since(dialogue: Dialogue, until: datetime) -> dict[str, int]:
    """Count what has happened in a dialogue after a moment, by what it is."""
    mine = Contribution.dialogue_id == dialogue.id
    contributions = select(func.count()).where(
        mine,
        or_(
            Contribution.created_at > until,
            Contribution.published_at > until,
            Contribution.edited_at > until,
        ),
    )
    decisions = (
        select(func.count())
        .select_from(ModerationDecision)
        .join(Contribution, Contribution.id == ModerationDecision.contribution_id)
        .where(mine, ModerationDecision.at > until)
    )
    return {
        "contributions came or changed": db.session.scalar(contributions) or 0,
        "decisions were made": db.session.scalar(decisions) or 0,
        "votes were given or changed": sum(_later_votes(dialogue, until).values()),
    }


def _later_votes(dialogue: Dialogue, until: datetime) -> dict[int, int]:
    rows = db.session.execute(
        select(Vote.idea_id, func.count())
        .join(Contribution, Contribution.id == Vote.idea_id)
        .where(Contribution.dialogue_id == dialogue.id, Vote.at > until)
        .group_by(Vote.idea_id)
    )
    return {row[0]: row[1] for row in rows}


def _voting_went_on(dialogue: Dialogue, until: datetime) -> bool:
    """Tell whether people could still remove votes after the report."""
    phase = dialogue.phase(Act.VOTE)
    return phase is not None and (phase.closes_at is None or phase.closes_at > until)


def _differences(path: str, stated: Any, fresh: Any, checked: Counter[str]) -> Iterator[str]:
    """Yield a line for each value that differs, with the path to it."""
    if isinstance(stated, dict) and isinstance(fresh, dict):
        for key in sorted({*stated, *fresh}):
            here = f"{path}.{key}" if path else key
            yield from _differences(here, stated.get(key), fresh.get(key), checked)
    elif isinstance(stated, list) and isinstance(fresh, list):
        if len(stated) != len(fresh):
            yield f"{path}: report has {len(stated)} entries; recounted there are {len(fresh)}."
            return
        for place, (one, other) in enumerate(zip(stated, fresh, strict=True)):
            name = one.get("id", place) if isinstance(one, dict) else place
            yield from _differences(f"{path}[{name}]", one, other, checked)
    else:
        checked["values"] += 1
        if not _equal(stated, fresh):
            said, found = _short(str(stated)), _short(str(fresh))
            yield f"{path}: report says {said}; recounted it is {found}."


def _equal(one: Any, other: Any) -> bool:
    numbers = (int, float)
    if (
        isinstance(one, numbers)
        and isinstance(other, numbers)
        and isinstance(one, bool) == isinstance(other, bool)
    ):
        return abs(one - other) <= TOLERANCE
    return type(one) is type(other) and bool(one == other)


def _quotations(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if {"contribution", "revision", "start", "end", "text"} <= value.keys():
            yield value
        else:
            for item in value.values():
                yield from _quotations(item)
    elif isinstance(value, list):
        for item in value:
            yield from _quotations(item)


def _say(tally: Tally, other: Tally) -> str:
    words = f"{tally.agree} agree, {tally.disagree} disagree"
    return words if tally.passed == other.passed else f"{words}, {tally.passed} pass"


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"


def _parts(ids: list[int], size: int = 500) -> Iterator[list[int]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
