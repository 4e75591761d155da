"""Opening and changing a dialogue."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from dialogue.accounts.queries import default_agency
from dialogue.dialogues import readiness
from dialogue.dialogues.commands import rules
from dialogue.dialogues.models import Act, Dialogue, DialogueText, DialogueTopic, Extension, Phase
from dialogue.dialogues.queries import policy_texts, reasons_in_use
from dialogue.dialogues.schemas import LONG, DialogueInput
from dialogue.kernel import audit, ids, links, text
from dialogue.kernel.db import Base, db
from dialogue.kernel.errors import FieldErrors
from dialogue.kernel.settings import setting


def create_dialogue(*, checked: DialogueInput, actor_id: int | None, now: datetime) -> Dialogue:
    """Create a dialogue with its texts, dates, topics, and the policy and the reasons that each
    dialogue begins with.

    It is a draft until its date of announcement. Raises FieldErrors when the slug is taken.
    """
    taken = select(Dialogue.id).where(Dialogue.slug == checked.slug)
    if db.session.scalar(taken) is not None:
        raise FieldErrors({"slug": _("Another dialogue has this address part already")})
    dialogue = Dialogue(
        agency_id=default_agency().id, slug=checked.slug, language="en", created_at=now
    )
    try:
        with db.session.begin_nested():
            db.session.add(dialogue)
    except IntegrityError:  # somebody else took it at the same moment
        raise FieldErrors({"slug": _("Another dialogue has this address part already")}) from None
    db.session.add(DialogueText(dialogue_id=dialogue.id, language="en", question="", short_name=""))
    db.session.flush()
    _write(dialogue, checked)
    rules.add_default_reasons(dialogue.id)
    rules.add_default_policy(dialogue_id=dialogue.id, actor_id=actor_id, now=now)
    audit.record(actor_id, audit.Act.DIALOGUE_CREATED, f"dialogue:{dialogue.id}", now=now)
    return dialogue


def change_dialogue(
    *, dialogue: Dialogue, checked: DialogueInput, actor_id: int | None, now: datetime
) -> None:
    """Change a dialogue. A new close after the opening needs a reason, which the public is told.

    The slug stays. Raises FieldErrors (missing reason, a topic with ideas left out, another way of
    voting after people have voted, a day of announcement while the policy or the reasons for
    refusing are not there in each language).
    """
    # One officer after the other: the second one's reason is asked for against the first's dates.
    db.session.execute(select(Dialogue.id).where(Dialogue.id == dialogue.id).with_for_update())
    _must_be_ready(dialogue, checked)
    if checked.vote_kind != dialogue.vote_kind and _has_votes(dialogue.id):
        raise FieldErrors(
            {"vote_kind": _("People have voted already, so how they vote cannot change any more")}
        )
    vote = dialogue.phase(Act.VOTE)
    was = vote.closes_at if vote else None
    has_opened = vote is not None and vote.opens_at is not None and vote.opens_at <= now
    is_extended = has_opened and was is not None and was != checked.closes_at
    if is_extended and was is not None:
        if not checked.close_reason:
            raise FieldErrors(
                {"close_reason": _("Say why the close changes; the reason is shown to everybody")}
            )
        db.session.add(
            Extension(
                dialogue_id=dialogue.id,
                closed_before_at=was,
                closes_at=checked.closes_at,
                reason=checked.close_reason,
                at=now,
                by_id=actor_id,
            )
        )
    _write(dialogue, checked)
    # The record is locked last, as everywhere: decisions of moderators take the two in this order.
    if is_extended:
        audit.record(actor_id, audit.Act.DIALOGUE_EXTENDED, f"dialogue:{dialogue.id}", now=now)
    audit.record(actor_id, audit.Act.DIALOGUE_CHANGED, f"dialogue:{dialogue.id}", now=now)


def _must_be_ready(dialogue: Dialogue, checked: DialogueInput) -> None:
    announced = dialogue.phase(Act.ANNOUNCE)
    was = announced.opens_at if announced else None
    if checked.announce_at is None or checked.announce_at == was:
        return
    lacks = readiness.missing(policy_texts(dialogue.id), reasons_in_use(dialogue.id))
    if lacks:
        raise FieldErrors(
            {
                "announce_on": _(
                    "This cannot be announced yet. On the page about its moderation: %(list)s.",
                    list="; ".join(one.sentence for one in lacks),
                )
            }
        )


def _write(dialogue: Dialogue, checked: DialogueInput) -> None:
    words = db.session.scalars(
        select(DialogueText).where(
            DialogueText.dialogue_id == dialogue.id, DialogueText.language == dialogue.language
        )
    ).one()
    for name, value in checked.texts.items():
        setattr(words, name, value)
    words.html = {name: rendered(checked.texts[name]) for name in LONG if checked.texts[name]}
    dialogue.time_zone = checked.time_zone
    dialogue.moderation = checked.moderation
    dialogue.vote_kind = checked.vote_kind
    dialogue.results = checked.results
    dialogue.flag_threshold = checked.flag_threshold
    dialogue.sensitive = checked.sensitive
    dialogue.target_hours = checked.target_hours
    for name, value in checked.contact.items():
        setattr(dialogue, name, value)
    dialogue.version += 1
    _write_phases(dialogue.id, checked)
    _write_topics(dialogue.id, checked)
    db.session.flush()
    db.session.refresh(dialogue)


def rendered(source: str) -> str:
    """Return an agency's text as it is stored for the public: the same few marks as everybody's."""
    host = str(setting("BASE_URL")).split("//", 1)[-1]
    return text.render(source, link_id=links.link_id, own_host=host).html


def _has_votes(dialogue_id: int) -> bool:
    # The tables are named, not imported: votes stand above dialogues.
    vote, idea = (Base.metadata.tables[name] for name in ("vote", "contribution"))
    rows = select(vote.c.idea_id).join(idea, idea.c.id == vote.c.idea_id)
    return db.session.scalar(rows.where(idea.c.dialogue_id == dialogue_id).limit(1)) is not None


def _write_phases(dialogue_id: int, checked: DialogueInput) -> None:
    wanted = {
        Act.ANNOUNCE: (checked.announce_at, None),
        Act.IDEA: (checked.opens_at, checked.closes_at),
        Act.COMMENT: (checked.opens_at, checked.closes_at),
        Act.VOTE: (checked.opens_at, checked.closes_at),
        Act.REPORT: (None, checked.report_by),
        Act.REPLY: (None, checked.reply_by),
    }
    present = {
        phase.act: phase
        for phase in db.session.scalars(select(Phase).where(Phase.dialogue_id == dialogue_id))
    }
    for act, (opens_at, closes_at) in wanted.items():
        phase = present.get(act)
        if opens_at is None and closes_at is None:
            if phase is not None:
                db.session.delete(phase)
            continue
        if phase is None:
            phase = Phase(dialogue_id=dialogue_id, act=act)
            db.session.add(phase)
        phase.opens_at, phase.closes_at = opens_at, closes_at


def _write_topics(dialogue_id: int, checked: DialogueInput) -> None:
    present = {
        topic.id: topic
        for topic in db.session.scalars(
            select(DialogueTopic).where(DialogueTopic.dialogue_id == dialogue_id)
        )
    }
    slugs = {topic.slug for topic in present.values()}
    for position, (topic_id, name) in enumerate(checked.topics, start=1):
        topic = present.get(topic_id or 0)
        if topic is None:
            if name:
                slug = free_slug(ids.slug(name) or f"topic-{position}", slugs)
                db.session.add(
                    DialogueTopic(
                        dialogue_id=dialogue_id, slug=slug, position=position, names={"en": name}
                    )
                )
        elif name:
            topic.names, topic.position = {**topic.names, "en": name}, position
        elif topic.ideas_published:
            raise FieldErrors(
                {"topics": _("“%(name)s” has ideas, so it cannot be removed", name=topic.name())}
            )
        else:
            _delete_unused(topic)


def _delete_unused(topic: DialogueTopic) -> None:
    """Remove a topic; the database refuses when an idea uses it, one that waits perhaps."""
    name = topic.name()
    try:
        with db.session.begin_nested():
            db.session.delete(topic)
    except IntegrityError:
        raise FieldErrors(
            {"topics": _("“%(name)s” has ideas, so it cannot be removed", name=name)}
        ) from None


def free_slug(slug: str, taken: set[str]) -> str:
    """Return `slug`, with a number when it is taken, and take it."""
    free, number = slug, 2
    while free in taken:
        free, number = f"{slug}-{number}", number + 1
    taken.add(free)
    return free
