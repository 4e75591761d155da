"""Pages about accounts: create, confirm, sign in (password or code), sign out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

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
from werkzeug.wrappers import Response

from dialogue.accounts import addresses, hints, intents, limits, names, passwords, sessions
from dialogue.accounts.access import participant, public
from dialogue.accounts.commands import accounts, codes
from dialogue.accounts.models import Hint, Intent, MailCode, User
from dialogue.accounts.policy import short_rules
from dialogue.kernel import clock, security
from dialogue.kernel.db import transaction
from dialogue.kernel.errors import FieldErrors
from dialogue.kernel.forms import is_trapped, new_form_key

blueprint = Blueprint("accounts", __name__, url_prefix="/account")


@dataclass
class Form:
    """What was typed on an account page."""

    email: str = ""
    display_name: str = ""
    accept_policy: bool = False
    code: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def typed(cls) -> Form:
        """Return the values of the present request."""
        return cls(
            email=request.form.get("email", "").strip(),
            display_name=request.form.get("display_name", "").strip(),
            accept_policy=bool(request.form.get("accept_policy")),
            code=request.form.get("code", "").strip(),
            password=request.form.get("password", ""),
        )


@blueprint.get("/create")
@public
def create() -> Any:
    """Show the form with a suggested name."""
    if current_user.is_authenticated:
        return redirect(_next() or _home(current_user.user), 303)
    return _create_page(Form(display_name=names.suggest()[0]), {})


@blueprint.post("/create")
@public
def create_post() -> Any:
    """Begin an account and send a code; the same answer whether or not the address is known."""
    form, now = Form.typed(), clock.now()
    if request.form.get("step") == "name":
        form.display_name = names.suggest()[0]
        return _create_page(form, {})
    errors: dict[str, str] = {}
    for check in (_check_email, _check_name, _check_policy):
        try:
            check(form)
        except FieldErrors as problem:
            errors |= problem.errors
    if errors:
        return _create_page(form, errors), 422
    try:
        with transaction():
            user = accounts.begin(
                email=form.email,
                display_name=form.display_name,
                network=limits.network(request.remote_addr),
                now=now,
            )
            if is_trapped(request.form) and user.confirmed_at is None:
                hints.note(user.id, Hint.TRAP, now=now)
            ticket = codes.send(
                email=form.email,
                user=user,
                next_url=_next(),
                intent_digest=_intent_digest(),
                network=limits.network(request.remote_addr),
                now=now,
            )
    except FieldErrors as problem:
        return _create_page(form, problem.errors), 422
    return _to_code_page("accounts.confirm", ticket)


@blueprint.get("/confirm")
@public
def confirm() -> Any:
    """Ask for the six digits."""
    return _code_page("accounts/confirm.html", Form(), {})


@blueprint.post("/confirm")
@public
def confirm_post() -> Any:
    """Check the six digits; then carry on with what was begun."""
    return _try_code("accounts/confirm.html", "accounts.confirm")


@blueprint.get("/sign-in/code")
@public
def sign_in_code() -> Any:
    """Ask for the six digits of a sign-in."""
    return _code_page("accounts/sign_in_code.html", Form(), {})


@blueprint.post("/sign-in/code")
@public
def sign_in_code_post() -> Any:
    """Check the six digits of a sign-in."""
    return _try_code("accounts/sign_in_code.html", "accounts.sign_in_code")


@blueprint.get("/sign-in")
@public
def sign_in() -> Any:
    """Show the two equal ways to sign in."""
    if current_user.is_authenticated:
        return redirect(_next() or _home(current_user.user), 303)
    return _sign_in_page(Form(), {})


@blueprint.post("/sign-in")
@public
def sign_in_post() -> Any:
    """Sign in by password, or send a code."""
    form, now = Form.typed(), clock.now()
    try:
        _check_email(form)
    except FieldErrors as problem:
        return _sign_in_page(form, problem.errors), 422
    if request.form.get("step") == "code" or not form.password:
        with transaction():
            ticket = codes.send(
                email=form.email,
                user=accounts.by_email(form.email),
                next_url=_next(),
                intent_digest=_intent_digest(),
                network=limits.network(request.remote_addr),
                now=now,
            )
        return _to_code_page("accounts.sign_in_code", ticket)
    with transaction():  # counted before the password is looked at, and whatever the answer is
        accounts.count_sign_in(
            email=form.email, network=limits.network(request.remote_addr), now=now
        )
    user = accounts.by_email(form.email)
    if user is not None and (user.confirmed_at is None or user.disabled_at is not None):
        user = None
    if not passwords.matches(user.password_hash if user else None, form.password) or user is None:
        wrong = _("The address or the password is not right. You can also sign in with a code.")
        return _sign_in_page(form, {"password": wrong}), 422
    return _welcome(user, next_url=_next(), intent_digest=_intent_digest())


@blueprint.get("/link/<token>")
@public
def link(token: str) -> Any:
    """Where a mailed link leads: a page with a button. Mail scanners open links; nothing happens
    to them here.

    Who asked for the mail may be somebody else, who knew the address: what was begun is shown
    whole, and can be left out.
    """
    row = codes.by_link(token, clock.now())
    user = accounts.by_email(row.email_folded)
    purpose = "sign_in" if user and user.confirmed_at else "confirm"
    return render_template(
        "accounts/link.html",
        purpose=purpose,
        action_url=url_for("accounts.link_post", token=token),
        token=token,
        kept=_kept(row.intent_digest),
        form_key=new_form_key(),
    )


@blueprint.post("/link/<token>")
@public
def link_post(token: str) -> Any:
    """Use the mailed link, with what was begun or without it."""
    row = codes.by_link(token, clock.now())
    return _use_code(row, password="", carry_on=request.form.get("step") != "without")


@blueprint.post("/sign-out")
@public
def sign_out() -> Any:
    """End this session on the server; a copied cookie is dead from now on. Twice is once.

    What was begun before signing in is left behind as well.
    """
    if current_user.is_authenticated:
        with transaction():
            sessions.end(current_user.get_id(), now=clock.now())
    sessions.leave()
    return redirect(url_for("home.index"), 303)


@blueprint.get("/kept")
@participant
def kept_words() -> Any:
    """Give back the words of an act that could not be carried out after signing in."""
    intent = intents.by_digest(session.get("kept", ""), clock.now())
    if intent is None:
        return redirect(url_for("activity.me"), 303)
    back_url = security.local_path(intent.payload.get("next"))
    return render_template("accounts/kept.html", texts=intents.texts(intent), back_url=back_url)


def _check_email(form: Form) -> None:
    form.email = addresses.parse(form.email)


def _check_name(form: Form) -> None:
    form.display_name = names.check(form.display_name)


def _check_policy(form: Form) -> None:
    if not form.accept_policy:
        raise FieldErrors(
            {"accept_policy": _("Tick the box to say that you have read the comment policy.")}
        )


def _create_page(form: Form, errors: dict[str, str]) -> str:
    return render_template(
        "accounts/create.html",
        form=form,
        errors=errors,
        suggestions=names.suggest(3),
        rules=short_rules(),
        policy_url=url_for("pages.policy_comments"),
        kept=_kept(_intent_digest()),
        form_key=new_form_key(),
        **_handed_on(),
    )


def _sign_in_page(form: Form, errors: dict[str, str]) -> str:
    return render_template(
        "accounts/sign_in.html", form=form, errors=errors, form_key=new_form_key(), **_handed_on()
    )


def _code_page(template: str, form: Form, errors: dict[str, str]) -> str:
    # The address stands in the database only, not in the cookie, and is shown as long as its code
    # holds: others may use this computer next.
    asked = codes.by_ticket(session.get("ticket", ""))
    form.email = asked.email_folded if asked and asked.expires_at > clock.now() else ""
    return render_template(
        template,
        form=form,
        errors=errors,
        minutes=current_app.config["CODE_MINUTES"],
        may_set_password=True,
        form_key=new_form_key(),
        **_handed_on(),
    )


def _to_code_page(endpoint: str, ticket: codes.Ticket) -> Response:
    session["ticket"] = ticket.token
    return redirect(url_for(endpoint) + _query(), 303)


def _try_code(template: str, endpoint: str) -> Any:
    """Check the digits typed on either code page."""
    form, now = Form.typed(), clock.now()
    if request.form.get("step") == "resend":
        return _send_again(endpoint)
    try:
        if form.password:
            passwords.hashed(form.password)  # say it is too short before the code is used up
        with transaction():
            row = codes.attempt(ticket=session.get("ticket", ""), code=form.code, now=now)
        if row is None:
            raise FieldErrors({"code": _("That is not the code. Look at the newest mail.")})
    except FieldErrors as problem:
        return _code_page(template, form, problem.errors), 422
    return _use_code(row, password=form.password)


def _send_again(endpoint: str) -> Response:
    now = clock.now()
    earlier = codes.by_ticket(session.get("ticket", ""))
    if earlier is None:
        return redirect(url_for("accounts.sign_in") + _query(), 303)
    with transaction():
        ticket = codes.send(
            email=earlier.email_folded,
            user=accounts.by_email(earlier.email_folded),
            next_url=earlier.next_url,
            intent_digest=earlier.intent_digest,
            network=limits.network(request.remote_addr),
            now=now,
        )
    flash(_("We have sent a new code. Only the newest one works here."), "info")
    return _to_code_page(endpoint, ticket)


def _use_code(row: MailCode, *, password: str, carry_on: bool = True) -> Response:
    now = clock.now()
    intent_digest = row.intent_digest if carry_on else ""
    with transaction():
        user = codes.use(code_id=row.id, now=now)
        if password:
            accounts.set_password(user=user, password=password, now=now)
    return _welcome(user, next_url=row.next_url, intent_digest=intent_digest)


def _welcome(user: User, *, next_url: str, intent_digest: str) -> Response:
    """Open the session, carry out what was begun, and go there."""
    now = clock.now()
    with transaction():
        token = sessions.start(user, now=now)
    sessions.enter(token)
    user = current_user.user
    intent = intents.by_digest(intent_digest, now)
    outcome = intents.resume(intent, user, now) if intent else None
    welcome = _("Welcome, %(name)s.", name=user.display_name)
    if outcome is None:
        flash(welcome, "success")
        return redirect(security.local_path(next_url) or _home(user), 303)
    flash(f"{welcome} {outcome.message}", "success" if outcome.done else "warning")
    if not outcome.done and intent is not None and intents.texts(intent):
        session["kept"] = intent.digest
        return redirect(url_for("accounts.kept_words"), 303)
    return redirect(outcome.url, 303)


def _home(user: User) -> str:
    """Return where somebody begins who asked for no page: staff at their desk."""
    return sessions.desk_of(user, clock.now()) or url_for("activity.me")


def _intent_token() -> str:
    return request.values.get("intent", "")[:200]


def _intent_digest() -> str:
    return intents.digest_of(_intent_token())


def _next() -> str:
    return security.local_path(request.values.get("next", "")[:500])


def _handed_on() -> dict[str, str]:
    return {"next": _next(), "intent": _intent_token()}


def _query() -> str:
    values = {name: value for name, value in _handed_on().items() if value}
    return "?" + urlencode(values) if values else ""


def _kept(digest: str) -> dict[str, Any] | None:
    """Return what will count after signing in, for the notice on top of the page."""
    intent: Intent | None = intents.by_digest(digest, clock.now())
    if intent is None or intent.kind == intents.WORDS:
        return None
    return {
        "kind": intent.kind,
        "choice": intent.payload.get("choice", ""),
        "title": intent.payload.get("title", ""),
        "words": intent.payload.get("body", ""),
    }
