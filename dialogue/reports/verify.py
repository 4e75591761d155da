"""Does a report hold? Counts everything in it again and says which number does not fit.

A report fixes a moment; a dialogue goes on. So the texts are taken in the revisions that the report
counted and votes are counted up to its moment, and what people did afterwards (a vote changed or
removed, words taken back) is told apart from what cannot have happened: a count that rose, a
quotation that reads differently, a number that follows from nothing. As far as nothing has moved,
the whole report is built again and compared value by value; what rests on words that are gone is
held by the digest that was recorded when they were there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.exc import OperationalError, StatementError
from sqlalchemy.orm import aliased

from dialogue.dialogues.models import Act, Dialogue
from dialogue.dialogues.queries import dialogue_by_slug
from dialogue.kernel.db import db
from dialogue.kernel.errors import Gone
from dialogue.moderation.models import ModerationDecision
from dialogue.participation.models import Contribution, Revision, Vote
from dialogue.participation.queries.visibility import is_listed
from dialogue.reports import build, diff, editions, hand, model, queries, reading, schema, showing
from dialogue.reports.sections.counting import counted
from dialogue.reports.sections.quotes import is_quotation, quotations
from dialogue.reports.sections.tallies import Matrix, Tally
from dialogue.reports.snapshot import Snapshot, TopicFacts, fingerprint

TOLERANCE = 1.1 * 10**-model.DECIMALS
MOST_LINES = 20
# What a rebuilt document is not compared in: these are checked by themselves.
_BY_THEMSELVES = frozenset({"sha256", "edition", "hand", "changes"})
# What rests on people's words, and on their votes.
_OF_WORDS = frozenset(
    {"input_sha256", "themes", "key_points", "minority", "campaigns", "coverage", "stability"}
)
_OF_VOTES = frozenset(
    {
        *("input_sha256", "covers", "activity", "concentration", "ideas", "ideas_taken_out"),
        *("ranking", "groups", "common_ground", "divisive", "themes", "minority", "stability"),
    }
)
_COUNTS_OF_VOTES = frozenset(
    {
        *("people", "people_voted", "people_voted_on_published"),
        *("votes", "votes_on_published", "votes_on_unpublished"),
    }
)

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
    _check_edition(document, dialogue, verdict)
    gone = _check_quotations(document, dialogue, until, verdict)
    lost = _check_texts(document, dialogue, until, verdict) | gone
    _check_sums(document, verdict)
    counted_texts = {row["id"]: row["revision"] for row in document["texts"]}
    snapshot = reading.read_snapshot(dialogue, until, as_counted=counted_texts)
    moved = _check_votes(document, snapshot, dialogue, until, verdict)
    _check_everything(document, snapshot, lost, moved, verdict)
    _check_hand(document, snapshot, dialogue, verdict)
    _check_changes(document, dialogue, verdict)
    verdict.notes += [
        f"{number} {what} since the report."
        for what, number in _moved_since(dialogue, until).items()
        if number
    ]


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
    wrong = schema.problems(document)
    if wrong:
        verdict.problems += wrong
        return None
    verdict.checked["digest"] += 1
    dialogue = dialogue_by_slug(document["dialogue"]["slug"])
    if dialogue is None:
        verdict.problems.append(
            f"There is no dialogue “{document['dialogue']['slug']}” in this database."
        )
    return dialogue


def _check_edition(document: model.Model, dialogue: Dialogue, verdict: Verdict) -> None:
    """Find the edition among those that were written here, and whether a later one was."""
    edition = document["edition"]
    row = queries.edition_by_digest(dialogue.id, document["sha256"])
    if row is None:
        if edition["number"] > 1 or edition["taken_back"]:
            verdict.problems.append(
                f"This says that it is edition {edition['number']} with words taken back, but no"
                " such edition was written here."
            )
        return
    verdict.checked["edition"] += 1
    if row.numbers_sha256 != editions.numbers_digest(document):
        verdict.problems.append("Its numbers are not those that were recorded with its digest.")
    every = queries.editions_of(row.report_id)
    if any(other.numbers_sha256 != row.numbers_sha256 for other in every):
        verdict.problems.append("The editions of this report do not have the same numbers.")
    earlier = [other.sha256 for other in every if other.number < row.number]
    if earlier != edition["earlier"]:
        verdict.problems.append("The digests of the earlier editions are not those recorded here.")
    if every[-1].number > row.number:
        verdict.stale.append(
            f"Edition {every[-1].number} of this report was written on"
            f" {every[-1].written_at.date().isoformat()}; this is edition {row.number}."
        )


def _check_quotations(
    document: model.Model, dialogue: Dialogue, until: datetime, verdict: Verdict
) -> set[int]:
    """Find each quotation at its place in the revision it names; return whose words are gone."""
    quoted = list(quotations(document))
    by_revision = _wordings({q["revision"] for _path, q in quoted}, dialogue)
    ids = {quotation["contribution"] for _path, quotation in quoted}
    shown = queries.shown_of(ids)
    redacted = queries.redacted_since(ids, until)
    states = queries.states_of(ids - shown)
    taken_back = set(document["edition"]["taken_back"])
    gone: dict[int, list[str]] = {}
    for path, quotation in quoted:
        verdict.checked["quotations"] += 1
        contribution, text = quotation["contribution"], quotation["text"]
        found = by_revision.get(quotation["revision"])
        where = f"revision {quotation['revision']} of contribution {contribution}"
        if found is None or found[0] != contribution:
            verdict.problems.append(f"{path}: the quotation from {where} has no such source.")
            continue
        source = found[1][quotation["start"] : quotation["end"]]
        if text is None:
            if contribution not in taken_back:
                verdict.problems.append(f"{path}: the words of {where} are missing.")
        elif contribution not in shown or (source != text and contribution in redacted):
            gone.setdefault(contribution, []).append(path)
        elif source != text:
            verdict.problems.append(
                f"{path}: the quotation from {where} reads “{_short(text)}”; the database has"
                f" “{_short(source)}” there."
            )
    for contribution, paths in sorted(gone.items()):
        why = (
            "had words hidden by a moderator"
            if contribution in shown
            else f"is not public any more ({states.get(contribution, 'unknown')})"
        )
        verdict.stale.append(
            f"Contribution {contribution} is quoted at {', '.join(paths[:3])}"
            f"{' and elsewhere' if len(paths) > 3 else ''} but {why}: a new edition is pending."
        )
    return {*gone, *taken_back}


def _check_texts(
    document: model.Model, dialogue: Dialogue, until: datetime, verdict: Verdict
) -> set[int]:
    """Compare every text that was counted with its revision as it is now; return whose words were
    taken back since."""
    by_revision = _wordings({row["revision"] for row in document["texts"]}, dialogue)
    ids = {row["id"] for row in document["texts"]}
    shown, redacted = queries.shown_of(ids), queries.redacted_since(ids, until)
    lost = set()
    for row in document["texts"]:
        verdict.checked["texts"] += 1
        found = by_revision.get(row["revision"])
        if found is None or found[0] != row["id"]:
            verdict.problems.append(
                f"Contribution {row['id']} has no revision {row['revision']} in the database."
            )
        elif row["sha256"] is not None and fingerprint(found[1]) != row["sha256"]:
            if row["id"] in redacted or row["id"] not in shown:
                lost.add(row["id"])
            else:
                verdict.problems.append(
                    f"Contribution {row['id']}: the text that the report counted was altered."
                )
    if lost:
        verdict.notes.append(
            f"The words of {len(lost)} contributions that the report counted were taken back since."
        )
    return lost


def _wordings(revisions: set[int], dialogue: Dialogue) -> dict[int, tuple[int, str]]:
    """Return revision → contribution and whole text, of a dialogue."""
    found: dict[int, tuple[int, str]] = {}
    for part in _parts(sorted(revisions)):
        rows = db.session.execute(
            select(Revision.id, Revision.title, Revision.plain, Revision.contribution_id)
            .join(Contribution, Contribution.id == Revision.contribution_id)
            .where(Revision.id.in_(part), Contribution.dialogue_id == dialogue.id)
        )
        found.update((r.id, (r.contribution_id, f"{r.title}\n{r.plain}")) for r in rows)
    return found


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
) -> bool:
    """Recount the votes of each idea, up to the moment of the report; tell whether people changed
    or removed some since."""
    recounted = Matrix(snapshot).tallies()
    later = _later_votes(dialogue, until)
    may_be_removed = _voting_went_on(dialogue, until)
    stored = {
        row.id: Tally(row.agree, row.disagree, row.passed)
        for row in db.session.execute(
            select(
                Contribution.id, Contribution.agree, Contribution.disagree, Contribution.passed
            ).where(Contribution.dialogue_id == dialogue.id, is_listed(), ~_has_merged())
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
    return bool(moved)


def _check_everything(
    document: model.Model, snapshot: Snapshot, lost: set[int], moved: bool, verdict: Verdict
) -> None:
    """Build the report again from what it counted and compare every value that can be the same."""
    if _called_otherwise(document, snapshot):
        verdict.notes.append("The dialogue or its topics are called otherwise since the report.")
        snapshot = _as_called(document, snapshot)
    relocated = queries.moved_since(snapshot.by_id.keys(), snapshot.until)
    if relocated:
        verdict.notes.append(f"{len(relocated)} ideas were moved to other topics since the report.")
        snapshot = _where_they_stood(document, snapshot, relocated)
    again = build.build(snapshot)
    left_out = set(_BY_THEMSELVES)
    if lost:
        left_out |= _OF_WORDS
        verdict.notes.append(
            "What rests on words that were taken back cannot be made again; its numbers are held by"
            " the digest recorded with the first edition."
        )
    if moved:
        left_out |= _OF_VOTES
    stated = _comparable(document, left_out, lost, moved)
    fresh = _comparable(again, left_out, lost, moved)
    differing = list(_differences("", stated, fresh, verdict.checked))
    versions = [line for line in differing if line.startswith("method.versions.")]
    if versions:
        verdict.notes.append(f"Made with other versions: {' '.join(versions)}")
    others = [line for line in differing if line not in versions]
    if others and not verdict.problems and again["counts"] == document["counts"]:
        verdict.problems.append(
            "The votes or texts behind this report were altered, though their totals are the same:"
            f" the report was made from input {document['input_sha256']}, the database has"
            f" {again['input_sha256']}."
        )
    values = [line for line in others if not line.startswith("input_sha256")]
    verdict.problems += values[:MOST_LINES]
    if len(values) > MOST_LINES:
        verdict.problems.append(f"… and {len(values) - MOST_LINES} more values differ.")


def _comparable(
    document: model.Model, left_out: set[str], lost: set[int], moved: bool
) -> model.Model:
    """Return the parts of a document that do not depend on what is gone or has moved."""
    bare = {k: v for k, v in document.items() if k not in left_out}
    if lost:
        bare = _without_words_of(bare, lost)
        bare["texts"] = [row for row in document["texts"] if row["id"] not in lost]
        bare["counts"] = {k: v for k, v in bare["counts"].items() if k != "different_texts"}
        if "topics" in bare:
            bare["topics"] = {**bare["topics"], "list": _without_words(bare["topics"]["list"])}
    if moved:
        bare["counts"] = {k: v for k, v in bare["counts"].items() if k not in _COUNTS_OF_VOTES}
        bare["topics"] = {**bare["topics"], "list": _without_votes(bare["topics"]["list"])}
    return bare


def _without_words_of(value: Any, lost: set[int]) -> Any:
    """Leave of quotations from these contributions only whose they are."""
    if is_quotation(value):
        return {"contribution": value["contribution"]} if value["contribution"] in lost else value
    if isinstance(value, dict):
        return {key: _without_words_of(item, lost) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_words_of(item, lost) for item in value]
    return value


def _without_words(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    left_out = {"quotations", "different_texts"}
    return [{k: v for k, v in row.items() if k not in left_out} for row in rows]


def _without_votes(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    left_out = {"votes", "share", "groups", "gap", "quotations"}
    return [{k: v for k, v in row.items() if k not in left_out} for row in rows]


def _called_otherwise(document: model.Model, snapshot: Snapshot) -> bool:
    names = [[row["key"], row["name"]] for row in document["topics"]["list"]]
    return vars(snapshot.dialogue) != document["dialogue"] or names != [
        [topic.slug, topic.name] for topic in snapshot.topics
    ]


def _as_called(document: model.Model, snapshot: Snapshot) -> Snapshot:
    """Return the snapshot with the names that dialogue and topics had when the report was made."""
    dialogue = replace(
        snapshot.dialogue,
        **{name: document["dialogue"][name] for name in ("name", "question")},
    )
    topics = tuple(TopicFacts(row["key"], row["name"]) for row in document["topics"]["list"])
    return replace(snapshot, dialogue=dialogue, topics=topics)


def _where_they_stood(document: model.Model, snapshot: Snapshot, moved: set[int]) -> Snapshot:
    """Return the snapshot with these ideas under the topics that the report has them in."""
    topic = {i: row["key"] for row in document["topics"]["list"] for i in row["ideas"]}
    return replace(
        snapshot,
        texts=tuple(
            replace(text, topic=topic.get(text.id, "")) if text.id in moved else text
            for text in snapshot.texts
        ),
    )


def _check_hand(
    document: model.Model, snapshot: Snapshot, dialogue: Dialogue, verdict: Verdict
) -> None:
    """Replay what people changed: the numbers follow again, and each change was recorded."""
    texts = snapshot.by_id
    again = hand.for_document(
        hand.replay(
            document, document["hand"], lambda ids: counted(texts[i] for i in ids if i in texts)
        )
    )
    verdict.checked["hand"] += len(document["hand"])
    if again != document["hand"]:
        verdict.problems.append(
            "hand: what people changed does not fit, or its numbers do not follow from its ids."
        )
    recorded = queries.recorded_edits(dialogue.id)
    for place, edit in enumerate(document["hand"]):
        if (edit["kind"], edit["target"], edit["by"]) not in recorded:
            verdict.problems.append(f"hand[{place}]: nobody recorded that {edit['by']} did this.")


def _check_changes(document: model.Model, dialogue: Dialogue, verdict: Verdict) -> None:
    """Compare what changed since the report before with that report, while its file is there."""
    changes = document["changes"]
    if changes is None:
        return
    row = queries.edition_by_digest(dialogue.id, changes["since"]["sha256"])
    report = queries.report_by_id(row.report_id) if row is not None else None
    if report is None:
        verdict.problems.append("changes: the report before was not made here.")
        return
    if report.sha256 != changes["since"]["sha256"]:
        verdict.notes.append("The report before has a new edition; the changes stand as they were.")
        return
    try:
        before = showing.document_of(report)
    except Gone:
        verdict.notes.append(
            "The files of the report before are not here; changes were not made again."
        )
        return
    again = model.rounded(diff.compare(before, document, report.number))
    lines = list(_differences("changes", changes, again, verdict.checked))
    verdict.problems += lines[:MOST_LINES]


def _has_merged() -> Any:
    """Ideas that others went into, or that went into others: their stored counts are a family's."""
    other = aliased(Contribution)
    return or_(
        Contribution.merged_into_id.is_not(None),
        exists().where(other.merged_into_id == Contribution.id),
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


def _say(tally: Tally, other: Tally) -> str:
    words = f"{tally.agree} agree, {tally.disagree} disagree"
    return words if tally.passed == other.passed else f"{words}, {tally.passed} pass"


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"


def _parts(ids: list[int], size: int = 500) -> Iterator[list[int]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
