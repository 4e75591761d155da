"""Pages with standing text, the page about leaving, and the small files that browsers ask for."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from dialogue.accounts.access import public
from dialogue.kernel import links, security
from dialogue.kernel.errors import DomainError

blueprint = Blueprint("pages", __name__)


@blueprint.get("/help")
@public
def help_page() -> Any:
    """How dialogues work."""
    return render_template("site/help.html")


@blueprint.get("/safety")
@public
def safety() -> Any:
    """Where help is, and how to leave no trace."""
    return render_template("site/safety.html")


@blueprint.get("/policy/comments")
@public
def policy_comments() -> Any:
    """The comment policy."""
    return render_template("site/policy/comments.html")


@blueprint.get("/policy/privacy")
@public
def policy_privacy() -> Any:
    """What is kept about people."""
    return render_template("site/policy/privacy.html")


@blueprint.get("/policy/accessibility")
@public
def policy_accessibility() -> Any:
    """How everybody can use the site."""
    return render_template("site/policy/accessibility.html")


@blueprint.get("/leaving")
@public
def leaving() -> Any:
    """Say that a link leads to a site that is not ours. Only stored links: no open redirect."""
    link = links.link_by_id(request.args.get("to", ""))
    if link is None:
        raise DomainError(_("This link is broken."), status=400)
    return render_template(
        "site/leaving.html", host=link.host, url=link.url, back_url=security.came_from() or "/"
    )


@blueprint.get("/robots.txt")
@public
def robots() -> Any:
    """Keep machines out of forms and accounts."""
    lines = [
        "User-agent: *",
        "Disallow: /account/",
        "Disallow: /me",
        "Disallow: /leaving",
        "Disallow: /search",
    ]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


@blueprint.get("/.well-known/security.txt")
@public
def security_txt() -> Any:
    """Where to tell us about a hole (RFC 9116)."""
    lines = [
        f"Contact: mailto:{current_app.config['SITE_CONTACT']}",
        "Expires: 2027-11-30T00:00:00Z",
        "Preferred-Languages: en, es",
    ]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")
