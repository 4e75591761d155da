"""What every request passes and every answer carries: request id, origin check, headers."""

from __future__ import annotations

import secrets
from urllib.parse import unquote_to_bytes, urlsplit

import structlog
from flask import Flask, Response, current_app, g, request
from flask_login import current_user
from werkzeug.exceptions import Forbidden, NotFound, SecurityError

from dialogue.kernel.extensions import csrf

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

# Nothing inline, nothing from elsewhere, nowhere to send a form but here, in nobody's frame.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


def attach(app: Flask) -> None:
    """Register the checks and headers."""
    app.before_request(_name_request)
    app.before_request(_refuse_broken_text)
    app.before_request(_refuse_foreign_forms)
    app.after_request(_headers)


def local_path(value: str | None) -> str:
    """Return `value` when it is a path on this site, else the empty string.

    Refuses `//host`, `/\\host`, schemes, control characters: what browsers take as another site.
    """
    if not value or not value.startswith("/") or value.startswith(("//", "/\\")):
        return ""
    if "\\" in value or any(ord(letter) < 0x21 or ord(letter) == 0x7F for letter in value):
        return ""
    parts = urlsplit(value)
    return "" if parts.scheme or parts.netloc else value


def came_from() -> str:
    """Return path and query of the page of ours that led here; the empty string for others."""
    try:
        referrer, host = request.referrer or "", request.host_url
    except SecurityError:  # asked under a name that is not ours; the error page goes on
        return ""
    return local_path("/" + referrer.removeprefix(host)) if referrer.startswith(host) else ""


def needs_token() -> bool:
    """Tell whether forms on this page carry a token: signed in, or on a page about accounts.

    Signed-out forms elsewhere change nothing (they yield an intent), so readers get no cookie.
    Nor does signing out a second time.
    """
    if current_user.is_authenticated:
        return True
    about_accounts = request.blueprint in ("accounts", "addresses")
    return about_accounts and request.endpoint != "accounts.sign_out"


def _name_request() -> None:
    g.request_id = secrets.token_hex(6)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _refuse_broken_text() -> None:
    """Refuse what is not UTF-8, instead of storing marks in place of the letters.

    Raises UnicodeError, for a page that gives back what can be read of it.
    """
    if "\x00" in request.path:
        raise NotFound
    if request.method not in SAFE_METHODS:
        body = request.get_data(cache=True)
        if request.mimetype == "application/x-www-form-urlencoded":
            body = unquote_to_bytes(body.replace(b"+", b" "))
        body.decode()


def _refuse_foreign_forms() -> None:
    if request.method in SAFE_METHODS or request.endpoint is None:
        return
    if _is_foreign():
        g.is_foreign = True  # nobody typed here what it carries: no page gives it back
        raise Forbidden
    if needs_token() and not _is_leaving():
        csrf.protect()


def _is_leaving() -> bool:
    """Tell whether "Leave this site" signs out, from whatever page, also one without a form.

    The header takes the token's place: browsers write it and no page can.
    """
    from_here = request.headers.get("Sec-Fetch-Site") == "same-origin"
    return from_here and request.endpoint == "accounts.sign_out"


def _is_foreign() -> bool:
    """Tell whether a form was sent by a page of another site, as far as the browser says."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return True
    origin = request.headers.get("Origin")
    if not origin or origin == "null":
        return False
    try:
        host = urlsplit(origin).netloc
    except ValueError:  # not an address at all
        return True
    return host not in {request.host, urlsplit(current_app.config["BASE_URL"]).netloc}


def _headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), interest-cohort=()"
    headers["X-Request-Id"] = g.get("request_id", "")
    if request.endpoint != "static":
        # Back after "Leave this site" must show nothing, on anybody's shared computer.
        headers["Cache-Control"] = "no-store"
    if current_app.config["SESSION_COOKIE_SECURE"]:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return response
