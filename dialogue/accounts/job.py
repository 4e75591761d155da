"""The work for a person that takes longer than a request: their copy, their departure.

Both go in steps of a transaction each and can be killed at any point: who takes over does again
what is not done. A lease keeps two workers from doing the same.
"""

from __future__ import annotations

import time
from pathlib import Path

from dialogue.accounts import copies, personal
from dialogue.accounts.commands import copying, leaving
from dialogue.accounts.models import DataCopy, Departure, User
from dialogue.kernel import clock, storage
from dialogue.kernel.db import db, transaction
from dialogue.kernel.personal import Leaving, held
from dialogue.kernel.settings import setting
from dialogue.search import documents


def make_copy(copy_id: int) -> bool:
    """Make a copy, unless another worker does or did; tell whether it is there now."""
    with transaction():
        if not copying.claim(copy_id, now=clock.now()):
            return False
    row = db.session.get_one(DataCopy, copy_id)
    path = Path(setting("INSTANCE")) / row.path
    person = personal.person(db.session.get_one(User, row.user_id))
    content = copies.made(person, clock.now())
    storage.write_atomically(path, content)
    with transaction():
        is_wanted = copying.finish(copy_id, size=len(content), now=clock.now())
    if not is_wanted:  # the person left while it was written
        path.unlink(missing_ok=True)
    return is_wanted


def erase(departure_id: int) -> bool:
    """Erase what is held about a person who has left, unless another worker does or did.

    Tables go in the order of the personal-data map, the account last: until then a worker that
    takes over finds everything by it.
    """
    with transaction():
        if not leaving.claim(departure_id, now=clock.now()):
            return False
    departure = db.session.get_one(Departure, departure_id)
    user = db.session.get_one(User, departure.user_id)
    plan = Leaving(personal.person(user), departure.words_go, clock.now())
    for table in held().values():
        more = table.erase is not None
        while more and table.erase is not None:
            with transaction():
                leaving.renew(departure_id, now=clock.now())
                more = table.erase(plan)
    with transaction():
        leaving.certify(departure_id, now=clock.now())
    documents.forget_traces()
    return True


def sweep() -> None:
    """Go on with what a worker left behind, and remove copies whose time is over."""
    now = clock.now()
    for departure_id in leaving.left_behind(now):
        erase(departure_id)
    for copy_id in copying.left_behind(now):
        make_copy(copy_id)
    with transaction():
        wanted = copying.forget_old(now)
    folder = Path(setting("INSTANCE")) / copying.FOLDER
    if not folder.is_dir():
        return
    for file in folder.glob("*.zip"):
        # A copy is written before its row says so: a young file may be one.
        is_young = file.stat().st_mtime > time.time() - copying.LEASE.total_seconds()
        if f"{copying.FOLDER}/{file.name}" not in wanted and not is_young:
            file.unlink(missing_ok=True)
