"""What stands around every page: the site's name, helplines, navigation, who is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import Flask, current_app, get_flashed_messages, has_request_context, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user

from config import Helpline
from dialogue.accounts.sessions import desk_of
from dialogue.dialogues import contacts
from dialogue.kernel import clock, templating


@dataclass(frozen=True)
class Link:
    """A name and where it leads."""

    key: str
    name: str
    url: str


@dataclass(frozen=True, eq=False)
class Site:
    """What stands around every page in one language; see templates/README.md."""

    name: str
    office: str
    language: str
    languages: tuple[Any, ...]
    nav: tuple[Link, ...]
    footer_links: tuple[Link, ...]
    show_exit: bool
    exit_url: str
    strip_question: str
    strip_text: str
    helplines: tuple[contacts.Line, ...]
    help_email: str


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
        "site": _site(
            str(get_locale() or "en"),
            request.script_root if has_request_context() else "",
            *(config[name] for name in _SETTINGS),
        ),
        "me": _me() if signed_in else None,
        "messages": [(kind if kind in _KINDS else "info", text) for kind, text in _flashed()]
        if signed_in or request.blueprint in ("accounts", "addresses")
        else [],
        "here": templating.here(),
    }


_SETTINGS = ("SITE_NAME", "SITE_OFFICE", "SITE_CONTACT", "HELPLINES", "SHOW_STRIP", "EXIT_URL")


@lru_cache(maxsize=16)
def _site(
    language: str,
    _root: str,  # in front of every address
    name: str,
    office: str,
    contact: str,
    helplines: tuple[Helpline, ...],
    shows_strip: bool,
    exit_url: str,
) -> Site:
    """Return what every page says, made once for each language: it follows from the settings."""
    return Site(
        name=name,
        office=office,
        language=language,
        languages=(),
        nav=_nav(),
        footer_links=_footer(contact),
        show_exit=shows_strip,
        exit_url=exit_url,
        strip_question=_("Forced to work, or worried about someone?"),
        strip_text=_("Free, private help, 24 hours a day:"),
        helplines=tuple(map(contacts.line, helplines)) if shows_strip else (),
        help_email=contact,
    )


def _flashed() -> list[tuple[str, str]]:
    return [(str(kind), str(text)) for kind, text in map(tuple, get_flashed_messages(True))]


def _nav() -> tuple[Link, ...]:
    return (
        Link("dialogues", _("Dialogues"), url_for("home.dialogues")),
        Link("search", _("Search"), url_for("search_results.show")),
        Link("help", _("Help"), url_for("pages.help_page")),
        Link("safety", _("Safety"), url_for("pages.safety")),
    )


def _footer(contact: str) -> tuple[Link, ...]:
    return (
        Link("help", _("How dialogues work"), url_for("pages.help_page")),
        Link("comments", _("Comment policy"), url_for("pages.policy_comments")),
        Link("log", _("Moderation log"), url_for("moderation_log.show")),
        Link("privacy", _("Privacy notice"), url_for("pages.policy_privacy")),
        Link("accessibility", _("Accessibility"), url_for("pages.policy_accessibility")),
        Link("receipt", _("Look up a receipt"), url_for("receipts.show")),
        Link("contact", _("Contact the help desk"), f"mailto:{contact}"),
    )


def _me() -> Me:
    user = current_user.user
    desk = desk_of(user, clock.now())
    return Me(
        name=user.display_name,
        is_staff=bool(desk),
        staff_url=desk,
        unread=current_user.beside.get("unread", 0),
    )
