"""Where a person is signed in: coarse device and day, never an address. Ending one, or others."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user

from dialogue.accounts import devices, sessions
from dialogue.accounts.access import participant
from dialogue.kernel import clock
from dialogue.kernel.db import transaction
from dialogue.kernel.forms import new_form_key

blueprint = Blueprint("my_sessions", __name__, url_prefix="/me/sessions")


@blueprint.get("")
@participant
def show() -> Any:
    """List the open sessions of this person."""
    rows = [
        {
            "device": devices.said(row.device),
            "since": row.created_at,
            "seen": row.seen_at,
            "is_here": row.id == current_user.session_id,
            "end_url": url_for("my_sessions.end", session_id=row.id),
        }
        for row in sessions.of(current_user.id, clock.now())
    ]
    return render_template("accounts/my_sessions.html", rows=rows, form_key=new_form_key())


@blueprint.post("/<int:session_id>/end")
@participant
def end(session_id: int) -> Any:
    """End one session of this person; one's own is the same as signing out."""
    with transaction():
        sessions.end_one(session_id, user_id=current_user.id, now=clock.now())
    if session_id == current_user.session_id:
        sessions.leave()
        return redirect(url_for("home.index"), 303)
    flash(_("That device is signed out."), "success")
    return redirect(url_for("my_sessions.show"), 303)


@blueprint.post("/end-others")
@participant
def end_others() -> Any:
    """End every session of this person but the one at hand."""
    with transaction():
        sessions.end_all(current_user.id, now=clock.now(), but=current_user.session_id)
    flash(_("Every other device is signed out."), "success")
    return redirect(url_for("my_sessions.show"), 303)
