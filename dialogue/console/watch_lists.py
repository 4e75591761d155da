"""The moderators' page of watch lists: words, domains and links that screening shows to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from dialogue.accounts.access import staff
from dialogue.accounts.models import Role
from dialogue.accounts.queries import dialogue_ids_with_role
from dialogue.analysis.watching import WatchKind
from dialogue.dialogues.queries import dialogues_of
from dialogue.kernel import clock
from dialogue.kernel.db import transaction
from dialogue.kernel.errors import FieldErrors, NotFound
from dialogue.moderation.commands import screening as keeping
from dialogue.moderation.queries import screening as known
from dialogue.moderation.trying import Trial, try_out

blueprint = Blueprint("watch_lists", __name__, url_prefix="/mod/watch")


@blueprint.get("")
@staff(Role.MODERATOR)
def show() -> Any:
    """Show one list, ready to be changed."""
    chosen = _Chosen(request.args.get("list"), clock.now())
    typed = {str(kind): "" for kind in WatchKind}
    for entry in known.watch_entries(chosen.dialogue_id):
        typed[entry.kind] += f"{entry.typed}\n"
    return _page(chosen, typed)


@blueprint.post("")
@staff(Role.MODERATOR)
def change() -> Any:
    """Try a list on the last items, or save it; nothing is saved that marks nearly everything."""
    now = clock.now()
    chosen = _Chosen(request.form.get("list"), now)
    typed = {str(kind): request.form.get(kind, "") for kind in WatchKind}
    try:
        entries = keeping.read_list({kind: typed[kind] for kind in WatchKind})
        trial = try_out(entries, chosen.scope)
        if request.form.get("step") != "save":
            return _page(chosen, typed, trial=trial)
        with transaction():
            keeping.replace_list(
                dialogue_id=chosen.dialogue_id, entries=entries, moderator=current_user, now=now
            )
    except FieldErrors as problem:
        return _page(chosen, typed, errors=problem.errors), 422
    flash(_("The list is saved. It marks what is sent from now on."), "success")
    return redirect(url_for("watch_lists.show", list=chosen.key or None), 303)


class _Chosen:
    """The list that was asked for, among those that this moderator keeps. Raises NotFound."""

    def __init__(self, asked: str | None, now: datetime) -> None:
        mine = dialogue_ids_with_role(current_user, (Role.MODERATOR,), now)
        dialogues = dialogues_of(current_user, (Role.MODERATOR,), now)
        self.lists = [("", _("Everywhere"))] if mine is None else []
        self.lists += [(d.slug, d.text(d.language).short_name) for d in dialogues]
        self.key = asked if asked is not None else self.lists[0][0] if self.lists else ""
        if self.key not in dict(self.lists):
            raise NotFound("")
        ids = {dialogue.slug: dialogue.id for dialogue in dialogues}
        self.dialogue_id = ids.get(self.key)
        self.scope = None if self.dialogue_id is None else frozenset({self.dialogue_id})


def _page(
    chosen: _Chosen,
    typed: Mapping[str, str],
    *,
    trial: Trial | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    return render_template(
        "console/watch_lists.html",
        lists=[
            (name, url_for("watch_lists.show", list=key or None), key == chosen.key)
            for key, name in chosen.lists
        ],
        key=chosen.key,
        typed=typed,
        trial=trial,
        errors=errors or {},
        action_url=url_for("watch_lists.change"),
    )
