"""A person's own account: address, password, language."""

from __future__ import annotations

from typing import Any

from flask import (
    Blueprint,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import gettext as _
from flask_login import current_user

from dialogue.accounts import addresses as mail_addresses
from dialogue.accounts import limits, sessions
from dialogue.accounts.access import participant
from dialogue.accounts.commands import accounts, addresses
from dialogue.accounts.commands.addresses import Asked
from dialogue.accounts.models import User
from dialogue.accounts.views.proving import ask_first
from dialogue.kernel import clock
from dialogue.kernel.db import db, transaction
from dialogue.kernel.errors import FieldErrors
from dialogue.kernel.forms import new_form_key

blueprint = Blueprint("my_account", __name__, url_prefix="/me/account")

_LANGUAGES = {"en": "English", "es": "Español"}


@blueprint.get("")
@participant
def show() -> Any:
    """Show address, password and language."""
    offered = current_app.config["LANGUAGES"]
    return render_template(
        "accounts/own.html",
        email=current_user.email,
        has_password=current_user.user.password_hash is not None,
        languages=[(code, _LANGUAGES.get(code, code)) for code in offered],
        language=current_user.user.language,
        form_key=new_form_key(),
    )


@blueprint.post("/language")
@participant
def language() -> Any:
    """Keep the language of mails, and of pages in this browser."""
    chosen = request.form.get("language", "")
    if chosen not in current_app.config["LANGUAGES"]:
        raise FieldErrors({"language": _("Choose one of the languages.")})
    with transaction():
        _me().language = chosen
    answer = redirect(url_for("my_account.show"), 303)
    answer.set_cookie("lang", chosen, max_age=31_536_000, httponly=True, samesite="Lax")
    flash(_("The language is saved."), "success")
    return answer


@blueprint.get("/address")
@participant
def address() -> Any:
    """Show the form of another address."""
    return ask_first(url_for("my_account.address")) or _address_page("", {})


@blueprint.post("/address")
@participant
def address_post() -> Any:
    """Send a code to another address; the same answer whether or not it has an account."""
    if (first := ask_first(url_for("my_account.address"))) is not None:
        return first
    typed = request.form.get("email", "").strip()
    try:
        email = mail_addresses.parse(typed)
        with transaction():
            asked = addresses.ask(
                user=_me(),
                email=email,
                network=limits.network(request.remote_addr),
                now=clock.now(),
            )
    except FieldErrors as problem:
        return _address_page(typed, problem.errors), 422
    session["address"] = [asked.change_id, asked.ticket]
    return redirect(url_for("my_account.address_code"), 303)


@blueprint.get("/address/code")
@participant
def address_code() -> Any:
    """Ask for the six digits that went to the new address."""
    return _code_page("", {})


@blueprint.post("/address/code")
@participant
def address_code_post() -> Any:
    """Check the six digits; then the new address is the account's."""
    typed, now = request.form.get("code", ""), clock.now()
    change_id, ticket = (*session.get("address", []), 0, "")[:2]
    try:
        with transaction():
            change = addresses.attempt(
                asked=Asked(int(change_id), str(ticket)),
                user_id=current_user.id,
                code=typed,
                now=now,
            )
        if change is None:
            raise FieldErrors({"code": _("That is not the code. Look at the newest mail.")})
    except FieldErrors as problem:
        return _code_page(typed, problem.errors), 422
    with transaction():
        token = sessions.start(addresses.finish(change_id=change.id, now=now), now=now)
    sessions.enter(token)
    flash(_("Your account has the new address. Everybody else is signed out."), "success")
    return redirect(url_for("my_account.show"), 303)


@blueprint.get("/password")
@participant
def password() -> Any:
    """Show the form of a new password."""
    return ask_first(url_for("my_account.password")) or _password_page({})


@blueprint.post("/password")
@participant
def password_post() -> Any:
    """Set a new password, or take it away; everybody else is signed out."""
    if (first := ask_first(url_for("my_account.password"))) is not None:
        return first
    removes = request.form.get("step") == "remove"
    now, typed = clock.now(), request.form.get("password", "")
    try:
        with transaction():
            accounts.change_password(user=_me(), password=None if removes else typed, now=now)
            token = sessions.start(_me(), now=now)
    except FieldErrors as problem:
        return _password_page(problem.errors), 422
    sessions.enter(token)
    said = (
        _("The password is taken away. You sign in with a code by mail from now on.")
        if removes
        else _("The password is saved.")
    )
    flash(said + " " + _("Everybody else is signed out."), "success")
    return redirect(url_for("my_account.show"), 303)


def _me() -> User:
    return db.session.get_one(User, current_user.id)


def _address_page(typed: str, errors: dict[str, str]) -> str:
    return render_template(
        "accounts/address.html",
        form={"email": typed},
        present=current_user.email,
        days=current_app.config["ADDRESS_UNDO_DAYS"],
        errors=errors,
        form_key=new_form_key(),
    )


def _code_page(typed: str, errors: dict[str, str]) -> str:
    return render_template(
        "accounts/address_code.html",
        form={"code": typed},
        minutes=current_app.config["CODE_MINUTES"],
        errors=errors,
        form_key=new_form_key(),
    )


def _password_page(errors: dict[str, str]) -> str:
    return render_template(
        "accounts/password.html",
        has_password=current_user.user.password_hash is not None,
        errors=errors,
        form_key=new_form_key(),
    )
