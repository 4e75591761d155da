"""What is held about a person: a copy of it, and the end of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import (
    Blueprint,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    send_file,
    session,
    url_for,
)
from flask_babel import gettext as _
from flask_login import current_user

from dialogue.accounts import limits, sessions
from dialogue.accounts.access import participant, public
from dialogue.accounts.commands import codes, copying, leaving
from dialogue.accounts.models import DataCopy, JobState, Purpose, User
from dialogue.accounts.views.proving import ask_first
from dialogue.kernel import clock
from dialogue.kernel.db import db, transaction
from dialogue.kernel.errors import FieldErrors, Gone, NotFound
from dialogue.kernel.forms import new_form_key

blueprint = Blueprint("my_data", __name__, url_prefix="/me/data")
certificates = Blueprint("departures", __name__, url_prefix="/account/deleted")

STAY, GO = "stay", "go"


@blueprint.get("")
@participant
def show() -> Any:
    """Show how to get a copy and how to leave."""
    now = clock.now()
    return render_template(
        "accounts/data.html",
        copies=[
            {
                "state": copy.state,
                "asked_at": copy.asked_at,
                "expires_at": copy.expires_at,
                "kilobytes": max(1, copy.size // 1024),
                "url": url_for("my_data.download", copy_id=copy.id),
            }
            for copy in copying.of(current_user.id, now)
        ],
        hours=current_app.config["COPY_HOURS"],
        form_key=new_form_key(),
    )


@blueprint.post("/copy")
@participant
def copy() -> Any:
    """Ask for a copy."""
    if (first := ask_first(url_for("my_data.show"))) is not None:
        return first
    with transaction():
        copying.request(user=_me(), now=clock.now())
    flash(_("Your copy is being made. It stands on this page in a moment."), "success")
    return redirect(url_for("my_data.show"), 303)


@blueprint.get("/copies/<int:copy_id>")
@participant
def download(copy_id: int) -> Any:
    """Hand out a copy, to its person alone and after a fresh sign-in."""
    now = clock.now()
    found = db.session.get(DataCopy, copy_id)
    if found is None or found.user_id != current_user.id or found.state != JobState.DONE:
        raise NotFound("")
    if (first := ask_first(url_for("my_data.download", copy_id=copy_id))) is not None:
        return first
    path = Path(current_app.config["INSTANCE"]) / found.path
    if found.expires_at <= now or not path.is_file():
        raise Gone(_("This copy was removed. You can ask for another one."))
    name = f"my-data-{found.asked_at:%Y-%m-%d}.zip"
    answer = send_file(path, "application/zip", as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/delete")
@participant
def delete() -> Any:
    """Say what goes and what stays."""
    return _delete_page({})


@blueprint.post("/delete")
@participant
def delete_post() -> Any:
    """Send the code without which nothing is deleted."""
    words = request.form.get("words", "")
    if words not in (STAY, GO):
        return _delete_page({"words": _("Choose what becomes of your published words.")}), 422
    with transaction():
        ticket = codes.send(
            email=current_user.email,
            user=_me(),
            network=limits.network(request.remote_addr),
            now=clock.now(),
            purpose=Purpose.LEAVE,
        )
    session["leaving"] = [ticket.token, words]
    return redirect(url_for("my_data.delete_code"), 303)


@blueprint.get("/delete/code")
@participant
def delete_code() -> Any:
    """Ask for the six digits."""
    if "leaving" not in session:
        return redirect(url_for("my_data.delete"), 303)
    return _code_page("", {})


@blueprint.post("/delete/code")
@participant
def delete_code_post() -> Any:
    """Close the account for good; what it held is erased by the worker."""
    typed, now = request.form.get("code", ""), clock.now()
    ticket, words = (*session.get("leaving", []), "", "")[:2]
    try:
        with transaction():
            row = codes.attempt(ticket=ticket, code=typed, now=now, purpose=Purpose.LEAVE)
        if row is None or row.user_id != current_user.id:
            raise FieldErrors({"code": _("That is not the code. Look at the newest mail.")})
    except FieldErrors as problem:
        return _code_page(typed, problem.errors), 422
    with transaction():
        codes.spend(code_id=row.id, now=now)
        departure = leaving.begin(user=_me(), words_go=words == GO, now=now)
        reference = departure.reference
    sessions.leave()
    return redirect(url_for("departures.show", reference=reference), 303)


@certificates.get("/<reference>", endpoint="show")
@public
def certificate(reference: str) -> Any:
    """Show how far a deletion is, to whoever knows its number; it does not tell whose it was."""
    found = leaving.by_reference(reference)
    if found is None:
        raise NotFound("")
    return render_template(
        "accounts/certificate.html",
        reference=found.reference,
        asked_at=found.asked_at,
        done_at=found.done_at,
        words_go=found.words_go,
    )


def _me() -> User:
    return db.session.get_one(User, current_user.id)


def _delete_page(errors: dict[str, str]) -> str:
    return render_template(
        "accounts/delete.html",
        form={"words": request.form.get("words", "")},
        errors=errors,
        form_key=new_form_key(),
    )


def _code_page(typed: str, errors: dict[str, str]) -> str:
    return render_template(
        "accounts/delete_code.html",
        form={"code": typed},
        words_go=session.get("leaving", ["", ""])[1] == GO,
        email=current_user.email,
        minutes=current_app.config["CODE_MINUTES"],
        errors=errors,
        form_key=new_form_key(),
    )
