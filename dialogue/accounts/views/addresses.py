"""Where the mails about a changed address lead: pages with a button, for whoever reads the mail."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from dialogue.accounts import sessions
from dialogue.accounts.access import public
from dialogue.accounts.commands import addresses
from dialogue.kernel import clock
from dialogue.kernel.db import transaction
from dialogue.kernel.forms import new_form_key

blueprint = Blueprint("addresses", __name__, url_prefix="/account/address")


@blueprint.get("/<token>")
@public
def confirm(token: str) -> Any:
    """Show the button that confirms a new address."""
    addresses.by_link(token, clock.now())
    return _page("confirm", url_for("addresses.confirm_post", token=token))


@blueprint.post("/<token>")
@public
def confirm_post(token: str) -> Any:
    """Make the address the account's; who pressed signs in with it next."""
    now = clock.now()
    change_id = addresses.by_link(token, now).id
    with transaction():
        addresses.finish(change_id=change_id, now=now)
    return _to_sign_in(_("This address belongs to your account now. Sign in with it."))


@blueprint.get("/undo/<token>")
@public
def undo(token: str) -> Any:
    """Show the button that puts the old address back."""
    addresses.by_undo_link(token, clock.now())
    return _page("undo", url_for("addresses.undo_post", token=token))


@blueprint.post("/undo/<token>")
@public
def undo_post(token: str) -> Any:
    """Put the old address back; everybody is signed out."""
    now = clock.now()
    change_id = addresses.by_undo_link(token, now).id
    with transaction():
        addresses.undo(change_id=change_id, now=now)
    return _to_sign_in(_("The old address is back, and everybody is signed out."))


def _to_sign_in(said: str) -> Response:
    sessions.leave()
    flash(said, "success")
    return redirect(url_for("accounts.sign_in"), 303)


def _page(act: str, action_url: str) -> str:
    return render_template(
        "accounts/address_link.html", act=act, action_url=action_url, form_key=new_form_key()
    )
