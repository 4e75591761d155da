"""What stands around every page: the site's name, helplines, navigation, who is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, get_flashed_messages, has_request_context, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user

from dialogue.accounts.sessions import desk_of
from dialogue.dialogues import contacts
from dialogue.kernel import clock, templating


@dataclass(frozen=True)
class Link:
    """A name and where it leads."""

    key: str
    name: str
    url: str


@dataclass(frozen=True)
class Me:
    """The person of this request, as the frame shows them."""

    name: str
    is_staff: bool
    staff_url: str
    unread: int


_KINDS = frozenset({"success", "info", "warning", "error"})


def attach(app: Flask) -> None:
    """Hand the frame to every template."""
    app.context_processor(_context)


def language() -> str:
    """Return the language of this request: one that has a whole catalogue.

    Tasks and commands answer nobody's request; they speak the first language.
    """
    offered = current_app.config["LANGUAGES"]
    if not has_request_context():
        return offered[0]
    wanted = request.args.get("lang") or request.cookies.get("lang")
    return str(wanted) if wanted in offered else offered[0]


def _context() -> dict[str, Any]:
    config = current_app.config
    signed_in = has_request_context() and bool(current_user.is_authenticated)
    return {
        "site": {
            "name": config["SITE_NAME"],
            "office": config["SITE_OFFICE"],
            "language": str(get_locale() or "en"),
            "languages": [],
            "nav": _nav(),
            "footer_links": _footer(),
            "show_exit": config["SHOW_STRIP"],
            "exit_url": config["EXIT_URL"],
            "strip_question": _("Forced to work, or worried about someone?"),
            "strip_text": _("Free, private help, 24 hours a day:"),
            "helplines": _helplines() if config["SHOW_STRIP"] else [],
            "help_email": config["SITE_CONTACT"],
        },
        "me": _me() if signed_in else None,
        "messages": [(kind if kind in _KINDS else "info", text) for kind, text in _flashed()]
        if signed_in or request.blueprint in ("accounts", "addresses")
        else [],
        "here": templating.here(),
    }


def _helplines() -> list[contacts.Line]:
    return [contacts.line(row) for row in current_app.config["HELPLINES"]]


def _flashed() -> list[tuple[str, str]]:
    return [(str(kind), str(text)) for kind, text in map(tuple, get_flashed_messages(True))]


def _nav() -> list[Link]:
    return [
        Link("dialogues", _("Dialogues"), url_for("home.dialogues")),
        Link("search", _("Search"), url_for("search_results.show")),
        Link("help", _("Help"), url_for("pages.help_page")),
        Link("safety", _("Safety"), url_for("pages.safety")),
    ]


def _footer() -> list[Link]:
    return [
        Link("help", _("How dialogues work"), url_for("pages.help_page")),
        Link("comments", _("Comment policy"), url_for("pages.policy_comments")),
        Link("log", _("Moderation log"), url_for("moderation_log.show")),
        Link("privacy", _("Privacy notice"), url_for("pages.policy_privacy")),
        Link("accessibility", _("Accessibility"), url_for("pages.policy_accessibility")),
        Link("receipt", _("Look up a receipt"), url_for("receipts.show")),
        Link("contact", _("Contact the help desk"), f"mailto:{current_app.config['SITE_CONTACT']}"),
    ]


def _me() -> Me:
    user = current_user.user
    desk = desk_of(user, clock.now())
    return Me(
        name=user.display_name,
        is_staff=bool(desk),
        staff_url=desk,
        unread=current_user.beside.get("unread", 0),
    )
