"""Counts and digests of what must never change unseen: votes and published texts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select, union_all

from dialogue.dialogues.models import Act, Phase
from dialogue.kernel.db import db
from dialogue.participation.fingerprints import fingerprint
from dialogue.participation.models import (
    Choice,
    Contribution,
    Kind,
    Participant,
    Revision,
    RevisionState,
    Vote,
)
from dialogue.participation.queries import families


def digests() -> dict[str, str | int]:
    """Return, per dialogue, count and SHA-256 of its votes and of its published revisions.

    Keys: `votes:<dialogue id>` and `texts:<dialogue id>` (digests), the same with `:count`.
    """
    result: dict[str, str | int] = {}
    votes = (
        select(Participant.dialogue_id, Vote.idea_id, Vote.participant_id, Vote.choice)
        .join(Participant, Participant.id == Vote.participant_id)
        .order_by(Participant.dialogue_id, Vote.idea_id, Vote.participant_id)
    )
    _add(result, "votes", db.session.execute(votes).yield_per(10_000))
    texts = (
        select(Contribution.dialogue_id, Revision.contribution_id, Revision.number, Revision.sha256)
        .join(Contribution, Contribution.id == Revision.contribution_id)
        .where(Revision.state.in_((RevisionState.PUBLISHED, RevisionState.SUPERSEDED)))
        .order_by(Contribution.dialogue_id, Revision.contribution_id, Revision.number)
    )
    _add(result, "texts", db.session.execute(texts).yield_per(10_000))
    return result


def _add(result: dict[str, str | int], kind: str, rows: Iterable[Row[*tuple[Any, ...]]]) -> None:
    hashes: dict[int, tuple[hashlib._Hash, int]] = {}
    for dialogue_id, *rest in rows:
        digest, count = hashes.get(dialogue_id) or (hashlib.sha256(), 0)
        digest.update(("|".join(map(str, rest)) + "\n").encode())
        hashes[dialogue_id] = (digest, count + 1)
    for dialogue_id, (digest, count) in sorted(hashes.items()):
        result[f"{kind}:{dialogue_id}"] = digest.hexdigest()
        result[f"{kind}:{dialogue_id}:count"] = count


def altered(head: Mapping[str, str | int], head_at: datetime | None) -> list[str]:
    """Return, in sentences, which texts and votes are not what was recorded of them.

    A text is compared with the fingerprint taken when it was written, an idea's counts with its
    votes, and the votes of each dialogue that had closed before the audit's last daily head
    (`head`, written at `head_at`) with the digest in it. O(texts + votes).
    """
    return [*_altered_texts(), *_altered_counts(), *_altered_since(head, head_at)]


def _altered_texts() -> Iterator[str]:
    rows = db.session.execute(
        select(
            Revision.contribution_id,
            Revision.number,
            Revision.title,
            Revision.source,
            Revision.sha256,
        ).order_by(Revision.contribution_id, Revision.number)
    ).yield_per(1_000)
    for row in rows:
        if fingerprint(row.title, row.source) != row.sha256:
            yield f"Contribution {row.contribution_id}: its wording {row.number} was altered"


def _altered_counts() -> Iterator[str]:
    """An idea that is read counts its family, one that is merged its own votes alone."""
    standing = families.standing_votes().subquery()
    of_families = select(standing.c.idea_id, standing.c.choice)
    of_merged = (
        select(Vote.idea_id, Vote.choice)
        .join(Contribution, Contribution.id == Vote.idea_id)
        .where(Contribution.merged_into_id.is_not(None))
    )
    votes = union_all(of_families, of_merged).subquery()

    def said(choice: Choice) -> ColumnElement[int]:
        return func.count().filter(votes.c.choice == choice)

    counted = (
        select(
            votes.c.idea_id,
            said(Choice.AGREE).label("agree"),
            said(Choice.DISAGREE).label("disagree"),
            said(Choice.PASS).label("passed"),
        )
        .group_by(votes.c.idea_id)
        .subquery()
    )
    rows = db.session.execute(
        select(
            Contribution.id,
            Contribution.agree,
            Contribution.disagree,
            Contribution.passed,
            func.coalesce(counted.c.agree, 0).label("agreeing"),
            func.coalesce(counted.c.disagree, 0).label("disagreeing"),
            func.coalesce(counted.c.passed, 0).label("passing"),
        )
        .outerjoin(counted, counted.c.idea_id == Contribution.id)
        .where(Contribution.kind == Kind.IDEA)
        .order_by(Contribution.id)
    )
    for row in rows:
        stored = (row.agree, row.disagree, row.passed)
        found = (row.agreeing, row.disagreeing, row.passing)
        if stored != found:
            yield (
                f"Idea {row.id}: its counts (agree, disagree, pass) are {stored},"
                f" its votes are {found}"
            )


def _altered_since(head: Mapping[str, str | int], head_at: datetime | None) -> Iterator[str]:
    if head_at is None:
        return
    closed = db.session.scalars(
        select(Phase.dialogue_id)
        .where(Phase.act == Act.VOTE, Phase.closes_at < head_at)
        .order_by(Phase.dialogue_id)
    ).all()
    present = digests() if closed else {}
    for dialogue_id in closed:
        key = f"votes:{dialogue_id}"
        if key in head and head[key] != present.get(key):
            yield f"Dialogue {dialogue_id}: its votes changed after it had closed"
