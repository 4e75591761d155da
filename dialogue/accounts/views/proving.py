"""Showing again who one is, before a dangerous act: by password, or by a code in the mail."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from dialogue.accounts import limits, passwords, sessions
from dialogue.accounts.access import participant
from dialogue.accounts.commands import accounts, codes
from dialogue.accounts.models import Purpose
from dialogue.kernel import clock, security
from dialogue.kernel.db import transaction
from dialogue.kernel.errors import FieldErrors
from dialogue.kernel.forms import new_form_key

blueprint = Blueprint("my_proof", __name__, url_prefix="/me/confirm")


def ask_first(back: str) -> Response | None:
    """Lead to the page that asks who somebody is, and from there to `back`; None when they have
    shown it a short while ago."""
    if sessions.has_proved(current_user, clock.now()):
        return None
    return redirect(url_for("my_proof.show") + "?" + urlencode({"next": back}), 303)


@blueprint.get("")
@participant
def show() -> Any:
    """Ask for the password, or offer a code."""
    return _page({})


@blueprint.post("")
@participant
def show_post() -> Any:
    """Check the password, or send a code."""
    now, password = clock.now(), request.form.get("password", "")
    network = limits.network(request.remote_addr)
    if request.form.get("step") == "code" or not current_user.user.password_hash:
        with transaction():
            ticket = codes.send(
                email=current_user.email,
                user=current_user.user,
                network=network,
                now=now,
                purpose=Purpose.PROVE,
            )
        session["proof"] = ticket.token
        return redirect(url_for("my_proof.code") + _query(), 303)
    with transaction():
        accounts.count_sign_in(email=current_user.email, network=network, now=now)
    if not passwords.matches(current_user.user.password_hash, password):
        return _page({"password": _("That is not the password. A code by mail works, too.")}), 422
    return _proved()


@blueprint.get("/code")
@participant
def code() -> Any:
    """Ask for the six digits."""
    return _code_page("", {})


@blueprint.post("/code")
@participant
def code_post() -> Any:
    """Check the six digits."""
    typed, now = request.form.get("code", ""), clock.now()
    try:
        with transaction():
            row = codes.attempt(
                ticket=session.get("proof", ""), code=typed, now=now, purpose=Purpose.PROVE
            )
        if row is None or row.user_id != current_user.id:
            raise FieldErrors({"code": _("That is not the code. Look at the newest mail.")})
    except FieldErrors as problem:
        return _code_page(typed, problem.errors), 422
    with transaction():
        codes.spend(code_id=row.id, now=now)
    return _proved()


def _proved() -> Response:
    with transaction():
        token = sessions.prove(current_user.session_id, now=clock.now())
    sessions.enter(token)
    return redirect(_next(), 303)


def _next() -> str:
    return security.local_path(request.values.get("next", "")[:500]) or url_for("activity.me")


def _query() -> str:
    return "?" + urlencode({"next": _next()})


def _page(errors: dict[str, str]) -> str:
    return render_template(
        "accounts/prove.html",
        has_password=current_user.user.password_hash is not None,
        email=current_user.email,
        errors=errors,
        next=_next(),
        form_key=new_form_key(),
    )


def _code_page(typed: str, errors: dict[str, str]) -> str:
    return render_template(
        "accounts/prove_code.html",
        form={"code": typed},
        email=current_user.email,
        minutes=current_app.config["CODE_MINUTES"],
        errors=errors,
        next=_next(),
        form_key=new_form_key(),
    )
