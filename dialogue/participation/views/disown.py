""" "I did not write this": for the owner of a mail address, without an account."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _

from dialogue.accounts import addresses, limits
from dialogue.accounts.access import public
from dialogue.dialogues.queries import dialogue_by_id
from dialogue.kernel import clock
from dialogue.kernel.db import db, transaction
from dialogue.kernel.errors import FieldErrors
from dialogue.participation.commands import disowning
from dialogue.participation.models import Contribution

blueprint = Blueprint("disown", __name__, url_prefix="/disown")

_LONGEST = 300  # characters of a number or link
_OF_COMMENT = re.compile(r"(?:#comment-|/c/|/comments/)([0-9]{1,9})(?![0-9])")
_OF_IDEA = re.compile(r"/ideas/([0-9]{1,9})(?![0-9])")
_SIGNS = re.compile(r"[0-9A-Z]{12}")


@dataclass
class Form:
    """What was typed."""

    number: str = ""
    email: str = ""


@dataclass(frozen=True)
class Named:
    """What a person means: by its tracking number, or by the id in a link."""

    tracking: str = ""
    contribution_id: int | None = None


@blueprint.get("")
@public
def show() -> Any:
    """Show the form; after it was sent, where to look next."""
    if "sent" in request.args:
        return render_template("participation/disown_sent.html")
    return _form_page(Form(request.args.get("number", "")[:_LONGEST]), {})


@blueprint.post("")
@public
def ask() -> Any:
    """Send the mail, and say the same whether anything was found or not."""
    form, now = Form(request.form.get("number", ""), request.form.get("email", "")), clock.now()
    errors: dict[str, str] = {}
    named, email = Named(), ""
    try:
        named = named_by(form.number)
    except FieldErrors as problem:
        errors |= problem.errors
    try:
        email = addresses.parse(form.email)
    except FieldErrors as problem:
        errors |= problem.errors
    if errors:
        return _form_page(form, errors), 422
    with transaction():
        disowning.ask(
            email=email,
            tracking=named.tracking,
            contribution_id=named.contribution_id,
            network=limits.network(request.remote_addr),
            now=now,
        )
    return redirect(url_for("disown.show", sent="1"), 303)


@blueprint.get("/<token>")
@public
def link(token: str) -> Any:
    """Show the mailed link's page: a button, since programs open links, too."""
    asked = disowning.by_token(token, clock.now())
    contribution = db.session.get_one(Contribution, asked.contribution_id)
    dialogue = dialogue_by_id(contribution.dialogue_id)
    return render_template(
        "participation/disown_link.html",
        kind=contribution.kind,
        dialogue_name=dialogue.text(dialogue.language).short_name,
        at=contribution.created_at,
        confirmed=asked.confirmed_at is not None,
        decided=asked.decided_at is not None,
        secured=asked.secured_at is not None,
        confirm_url=url_for("disown.confirm", token=token),
        secure_url=url_for("disown.secure", token=token),
    )


@blueprint.post("/<token>")
@public
def confirm(token: str) -> Any:
    """Freeze what the link is about."""
    with transaction():
        disowning.confirm(token=token, now=clock.now())
    return redirect(url_for("disown.link", token=token), 303)


@blueprint.post("/<token>/secure")
@public
def secure(token: str) -> Any:
    """End every session of the account."""
    with transaction():
        disowning.secure_account(token=token, now=clock.now())
    return redirect(url_for("disown.link", token=token), 303)


def named_by(typed: str) -> Named:
    """Return what a person means by a number or a link, however it was copied; raises FieldErrors
    for what can be neither."""
    typed = typed[:_LONGEST]
    found = _OF_COMMENT.search(typed) or _OF_IDEA.search(typed)
    if found:
        return Named(contribution_id=int(found[1]))
    signs = re.sub(r"[^0-9A-Za-z]", "", typed).upper()
    if _SIGNS.fullmatch(signs):
        return Named(tracking="-".join((signs[:4], signs[4:8], signs[8:])))
    raise FieldErrors(
        {"number": _("Enter the tracking number, such as K7QX-3MPD-9WTB, or the link")}
    )


def _form_page(form: Form, errors: dict[str, str]) -> str:
    return render_template("participation/disown.html", form=form, errors=errors)
