"""Counts and digests of what must never change unseen: votes and published texts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, select

from dialogue.kernel.db import db
from dialogue.participation.models import Contribution, Participant, Revision, RevisionState, Vote


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
