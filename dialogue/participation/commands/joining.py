"""Becoming a participant, with the first act in a dialogue, and the name one has there.

The name of the account serves for one dialogue only, the first. In each further one a person
appears under another name, so that readers cannot connect what was said here and there.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError

from dialogue.accounts import limits, names
from dialogue.accounts.models import User
from dialogue.dialogues.models import Dialogue
from dialogue.kernel.db import db, id_of
from dialogue.kernel.errors import NotFound
from dialogue.kernel.settings import setting
from dialogue.participation.models import Participant


def participant_for(
    *, dialogue_id: int, user: User, now: datetime, name: str | None = None
) -> Participant:
    """Return the person's participant in this dialogue, made now when this is their first act.

    `name` is the one chosen with what they write ("": none was); with a vote it is None. The
    choice counts as long as nobody has read the name. Raises FieldErrors when it is taken.
    """
    found = _existing(dialogue_id, id_of(user))
    if found is None:
        found = _join(dialogue_id, user, now, name)
    elif found.name_is_fresh and name:
        _give(found, name, now)
    if name is not None:
        found.name_is_fresh = False
    return found


def suggested_name(*, dialogue_id: int, user: User) -> str:
    """Return the name that a person would have in a dialogue: the account's in the first one, a
    fresh one in each further one."""
    own = user.display_name
    if not takes_part(user.id) and not _is_taken(own, dialogue_id, user.id):
        return own
    return names.suggest()[0]


def takes_part(user_id: int) -> bool:
    """Tell whether a person takes part in some dialogue."""
    anywhere = select(Participant.id).where(Participant.user_id == user_id).limit(1)
    return db.session.scalar(anywhere) is not None


def must_be_free(name: str, *, dialogue_id: int, user_id: int) -> None:
    """Raise FieldErrors when the person cannot appear under this name in this dialogue."""
    if _is_taken(name, dialogue_id, user_id):
        raise names.taken()


def rename(*, dialogue_id: int, user_id: int, name: str, now: datetime) -> Participant:
    """Let the person appear under another name in one dialogue, also over what they wrote before.

    The old name is nobody else's for NAME_DAYS; it is shown nowhere any more. Raises NotFound
    (takes no part), FieldErrors (taken), TooMany after NAME_CHANGES in a day.
    """
    found = _existing(dialogue_id, user_id)
    if found is None:
        raise NotFound("")
    if found.public_name == name:
        return found
    limits.count(
        "rename",
        f"participant:{found.id}",
        limit=setting("NAME_CHANGES"),
        window=timedelta(days=1),
        now=now,
        say=_("You have changed this name several times today. You can change it again tomorrow."),
    )
    _give(found, name, now)
    found.name_is_fresh = False
    # Copies of pages that show the old name are out of date.
    db.session.execute(
        update(Dialogue).where(Dialogue.id == dialogue_id).values(version=Dialogue.version + 1)
    )
    return found


def _join(dialogue_id: int, user: User, now: datetime, name: str | None) -> Participant:
    # In two dialogues at once neither would know of the other, and both would show one name.
    db.session.execute(select(User.id).where(User.id == user.id).with_for_update(key_share=True))
    for _attempt in range(20):
        chosen = name or suggested_name(dialogue_id=dialogue_id, user=user)
        if name:
            must_be_free(name, dialogue_id=dialogue_id, user_id=user.id)
        try:
            with db.session.begin_nested():
                participant = Participant(
                    dialogue_id=dialogue_id,
                    user_id=user.id,
                    public_name=chosen,
                    name_folded=names.skeleton(chosen),
                    name_is_fresh=True,
                    created_at=now,
                )
                db.session.add(participant)
                names.take(chosen, user_id=user.id, dialogue_id=dialogue_id, now=now)
        except IntegrityError:  # the same person in another tab, or somebody took the name
            found = _existing(dialogue_id, user.id)
            if found is not None:
                return found
            continue
        db.session.execute(
            update(Dialogue)
            .where(Dialogue.id == dialogue_id)
            .values(people_active=Dialogue.people_active + 1)
        )
        return participant
    raise names.taken()


def _give(participant: Participant, name: str, now: datetime) -> None:
    user_id = participant.user_id or 0
    must_be_free(name, dialogue_id=participant.dialogue_id, user_id=user_id)
    try:
        with db.session.begin_nested():
            names.take(name, user_id=user_id, dialogue_id=participant.dialogue_id, now=now)
            participant.public_name = name
            participant.name_folded = names.skeleton(name)
            db.session.flush()
    except IntegrityError:
        raise names.taken() from None


def _is_taken(name: str, dialogue_id: int, user_id: int) -> bool:
    """Tell whether somebody has the name: an account anywhere, or a participant without one here
    (imported, from a letter)."""
    here = select(Participant.id).where(
        Participant.dialogue_id == dialogue_id,
        Participant.name_folded == names.skeleton(name),
        Participant.user_id.is_distinct_from(user_id),
    )
    return db.session.scalar(here) is not None or names.is_taken(
        name, except_user=user_id, in_dialogue=dialogue_id
    )


def _existing(dialogue_id: int, user_id: int) -> Participant | None:
    return db.session.scalars(_EXISTING, {"dialogue": dialogue_id, "user": user_id}).first()


_EXISTING = select(Participant).where(
    Participant.dialogue_id == bindparam("dialogue"), Participant.user_id == bindparam("user")
)
