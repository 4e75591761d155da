"""The moderation of a dialogue: when moderators read, by which policy, for which reasons."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path

from flask_babel import gettext as _
from sqlalchemy import select

from dialogue.dialogues import readiness
from dialogue.dialogues.models import Act, Dialogue, ModerationPolicy, ModerationReason
from dialogue.dialogues.queries import policy_of
from dialogue.dialogues.rules import ReasonForm, RulesInput
from dialogue.kernel import audit, ids, links, text
from dialogue.kernel.db import db
from dialogue.kernel.errors import FieldErrors
from dialogue.kernel.settings import setting

_HERE = Path(__file__).resolve().parents[1]


def change_rules(
    *,
    dialogue: Dialogue,
    checked: RulesInput,
    leads: Collection[int],
    actor_id: int | None,
    now: datetime,
) -> None:
    """Change how a dialogue is moderated; a changed policy is published as the next one.

    `leads`: the accounts that may be its safety lead. Raises FieldErrors when a dialogue that the
    public may read, or will on a set day, would lack its policy or reasons in a language.
    """
    db.session.execute(select(Dialogue.id).where(Dialogue.id == dialogue.id).with_for_update())
    if checked.safety_lead_id is not None and checked.safety_lead_id not in leads:
        raise FieldErrors({"safety_lead": _("Choose somebody from the list")})
    announced = dialogue.phase(Act.ANNOUNCE)
    if announced is not None and announced.opens_at is not None:
        lacks = readiness.missing(checked.policy, checked.in_use)
        if lacks:
            raise FieldErrors({one.field: one.sentence for one in lacks})
    dialogue.moderation = checked.moderation
    dialogue.target_hours = checked.target_hours
    dialogue.flag_threshold = checked.flag_threshold
    dialogue.safety_lead_id = checked.safety_lead_id
    dialogue.version += 1
    _write_reasons(dialogue, checked.reasons, now)
    publish_policy(dialogue_id=dialogue.id, texts=checked.policy, actor_id=actor_id, now=now)
    audit.record(actor_id, audit.Act.DIALOGUE_CHANGED, f"dialogue:{dialogue.id}", now=now)


def publish_policy(
    *, dialogue_id: int, texts: Mapping[str, str], actor_id: int | None, now: datetime
) -> ModerationPolicy | None:
    """Publish the policy of a dialogue; None when it is the one in force, or there is no text."""
    written = {code: words for code, words in texts.items() if words}
    last = policy_of(dialogue_id)
    if written == (last.texts if last else {}):
        return None
    policy = ModerationPolicy(
        dialogue_id=dialogue_id,
        number=last.number + 1 if last else 1,
        texts=written,
        html={code: _rendered(words) for code, words in written.items()},
        published_at=now,
        published_by_id=actor_id,
    )
    db.session.add(policy)
    db.session.flush()
    codes = {"policy": policy.number}
    audit.record(actor_id, audit.Act.POLICY_PUBLISHED, f"dialogue:{dialogue_id}", codes, now=now)
    return policy


def add_default_policy(*, dialogue_id: int, actor_id: int | None, now: datetime) -> None:
    """Give a dialogue the policy that each one begins with, in both languages."""
    texts = tomllib.loads((_HERE / "policy.toml").read_text())
    publish_policy(
        dialogue_id=dialogue_id,
        texts={code: words.strip() for code, words in texts.items()},
        actor_id=actor_id,
        now=now,
    )


def add_default_reasons(dialogue_id: int) -> None:
    """Give a dialogue the default catalogue of reasons, in both languages."""
    rows = tomllib.loads((_HERE / "reasons.toml").read_text())["reasons"]
    db.session.add_all(
        ModerationReason(
            dialogue_id=dialogue_id,
            code=row["code"],
            position=position,
            needs_note=row["code"] == "other",
            texts={
                "en": {"label": row["label"], "sentence": row["sentence"]},
                "es": {"label": row["label_es"], "sentence": row["sentence_es"]},
            },
        )
        for position, row in enumerate(rows, start=1)
    )
    db.session.flush()


def _write_reasons(dialogue: Dialogue, rows: Collection[ReasonForm], now: datetime) -> None:
    """Bring the catalogue up to date. A reason is retired, never removed: decisions name it."""
    present = {reason.code: reason for reason in dialogue.reasons}
    for position, row in enumerate(rows, start=1):
        reason = present.get(row.code)
        if reason is None:
            reason = ModerationReason(dialogue_id=dialogue.id, code=_free_code(row, present))
            present[reason.code] = reason
            db.session.add(reason)
        reason.position = position
        reason.needs_note = row.needs_note
        reason.texts = {
            code: {"label": label, "sentence": row.sentences.get(code, "")}
            for code, label in row.labels.items()
            if label
        }
        if row.is_retired != (reason.retired_at is not None):
            reason.retired_at = now if row.is_retired else None
    db.session.flush()
    db.session.expire(dialogue, ["reasons"])


def _free_code(row: ReasonForm, taken: Collection[str]) -> str:
    label = row.labels.get("en") or next(words for words in row.labels.values() if words)
    code = ids.slug(label).replace("-", "_")[:40] or "reason"
    free, number = code, 2
    while free in taken:
        free, number = f"{code}_{number}", number + 1
    return free


def _rendered(source: str) -> str:
    host = str(setting("BASE_URL")).split("//", 1)[-1]
    return text.render(source, link_id=links.link_id, own_host=host).html
