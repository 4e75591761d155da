"""Every refusal as a page that says what happened and what to do, and gives typed text back."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, current_app, g, make_response, redirect, render_template, request
from flask.globals import request_ctx
from flask_babel import gettext as _
from flask_login import AnonymousUserMixin, current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError, OperationalError, SQLAlchemyError
from werkzeug.exceptions import HTTPException, SecurityError

from dialogue.accounts.sessions import is_staff
from dialogue.kernel import clock, forms, security
from dialogue.kernel.db import DatabaseBusy, db
from dialogue.kernel.errors import DomainError
from dialogue.kernel.forms import AlreadySent, repeat_result

log = structlog.get_logger()

_DRAIN = 4 * 1024 * 1024  # bytes; who sends more than this is no person at a form

PAGES = frozenset({400, 403, 404, 405, 409, 410, 413, 422, 429, 500, 503})


def attach(app: Flask) -> None:
    """Register the pages."""
    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(AlreadySent, _already_sent)
    app.register_error_handler(CSRFError, _forged_form)
    app.register_error_handler(SecurityError, _other_name)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(DatabaseBusy, _busy)
    app.register_error_handler(OperationalError, _busy)
    app.register_error_handler(DBAPIError, _unexpected)
    app.register_error_handler(DataError, _bad_request)
    app.register_error_handler(UnicodeError, _bad_request)
    app.register_error_handler(Exception, _unexpected)


def page(
    status: int,
    message: str = "",
    retry_after: int | None = None,
    way_on: tuple[str, str] | None = None,
) -> Response:
    """Return the error page of a status, with what the person had typed and where to go on."""
    status = status if status in PAGES else (400 if status < 500 else 500)
    if status >= 500:
        _do_without_the_person()
    body = render_template(
        f"errors/{status}.html",
        message=message,
        kept=_kept(status),
        way_on=way_on,
        back_url=security.came_from(),
        reference=g.get("request_id", ""),
    )
    _let_it_finish_sending()
    response = make_response(body, status)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _do_without_the_person() -> None:
    """Let the page be one for readers when the database cannot say who is signed in."""
    try:
        if current_user.is_authenticated:
            is_staff(current_user.user, clock.now())
    except (SQLAlchemyError, DatabaseBusy):
        db.session.rollback()
        g._login_user = AnonymousUserMixin()  # where flask-login keeps the person of the request


def _let_it_finish_sending() -> None:
    """Read on what a form still sends. A server that answers and closes before it has read resets
    the connection, and the browser may then show its own error instead of our page."""
    stream, left = request.environ.get("wsgi.input"), _DRAIN
    if request.method != "POST" or stream is None:
        return
    left = min(left, request.content_length or 0)
    while left > 0 and (chunk := stream.read(min(left, 65_536))):
        left -= len(chunk)


def _domain_error(problem: DomainError) -> Any:
    db.session.rollback()
    return page(problem.status, str(problem.message or ""), problem.retry_after, problem.way_on)


def _already_sent(problem: AlreadySent) -> Any:
    """Lead the second of two equal sendings to what the first one made."""
    db.session.rollback()
    result = repeat_result(problem.key, problem.actor)
    return redirect(result, 303) if result else page(409)


def _forged_form(problem: CSRFError) -> Any:
    return page(
        403,
        _(
            "This form was open too long, or it did not come from this site, so nothing was sent."
            " Go back, load the page again and send it once more."
        ),
    )


def _http_error(problem: HTTPException) -> Any:
    if problem.code is None or problem.code < 400:
        return problem
    response = page(problem.code)
    for name, value in problem.get_headers():
        if name.lower() in {"allow", "retry-after"}:
            response.headers[name] = value
    return response


def _other_name(problem: SecurityError) -> Any:
    """Answer who asked under a name that is not ours: a page needs our addresses all the same."""
    ours = urlsplit(current_app.config["BASE_URL"])
    request_ctx.url_adapter = current_app.url_map.bind(ours.netloc, url_scheme=ours.scheme)
    return page(400)


def _busy(problem: Exception) -> Any:
    db.session.rollback()
    log.warning("database.busy", problem=type(problem).__name__)
    return page(503, retry_after=5)


def _bad_request(problem: Exception) -> Any:
    db.session.rollback()
    return page(400, _("This text holds characters that no keyboard makes. Please type it again."))


def _unexpected(problem: Exception) -> Any:
    db.session.rollback()
    # The message of an exception may hold a person's words: its kind and place suffice.
    last = problem.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    place = f"{last.tb_frame.f_code.co_filename}:{last.tb_lineno}" if last else ""
    log.error("request.failed", kind=type(problem).__name__, place=place, path=request.path)
    return page(500)


def _kept(status: int) -> list[tuple[str, str]]:
    if request.method != "POST" or status == 405 or g.get("is_foreign"):
        return []
    try:
        typed = request.form
    except (HTTPException, UnicodeError):  # too large or unreadable: nothing to give back
        return []
    labels = {"title": _("Your idea in one sentence"), "note": _("Your note")}
    return [(labels.get(name, _("Your text")), text) for name, text in forms.words(typed).items()]
