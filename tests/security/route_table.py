"""Who may open which address, as a table that can be read without reading code.

`python -m tests.security.route_table` writes routes.md anew; test_matrix.py compares it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from flask import Flask

from config import Config
from dialogue.accounts.access import Access, declared
from dialogue.accounts.models import Role
from dialogue.app import create_app

FILE = Path(__file__).with_name("routes.md")
HEAD = """# Who may open what

Every address of the site, the methods it takes, and who may use them. `<…>` stands for a name or
number. Whoever is not named under a heading is sent to the sign-in page (signed out) or told that
there is no such page (signed in).

Roles hold for a dialogue, an agency, or the whole site; where an address or what it shows belongs
to a dialogue, the role must hold for that one. Administrators may open what any role may. What a
page shows, and what a form does, is checked again for each idea, comment, item and report.
"""
ROLE_NAMES = {
    Role.MODERATOR: "moderators",
    Role.OFFICER: "officers",
    Role.ANALYST: "analysts",
    Role.EXPERT: "experts",
    Role.ADMIN: "administrators",
}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def who(access: Access | None) -> str:
    """Whom a declaration lets in, in words."""
    if access is None:
        return "Nobody: nothing is declared"
    if not access.signed_in:
        return "Everybody"
    if not access.roles:
        return "Whoever is signed in"
    roles = [ROLE_NAMES[role] for role in Role if role in access.roles]
    said = ", ".join(roles[:-1]) + (" and " if len(roles) > 1 else "") + roles[-1]
    return said.capitalize() + (" of the whole site" if access.everywhere else "")


def written(app: Flask) -> str:
    """The table as it should stand in routes.md."""
    groups: dict[str, dict[str, set[str]]] = {}
    for rule in app.url_map.iter_rules():
        addresses = groups.setdefault(who(declared(app, rule.endpoint)), {})
        addresses.setdefault(rule.rule, set()).update(rule.methods or ())
    first = ["Everybody", "Whoever is signed in"]
    parts = [HEAD.strip()]
    for heading in [*first, *sorted(set(groups) - set(first))]:
        lines = [f"## {heading}", "", "| method | address |", "|---|---|"]
        for address, methods in sorted(groups.get(heading, {}).items()):
            lines.append(f"| {' '.join(m for m in METHODS if m in methods)} | `{address}` |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        FILE.write_text(written(create_app(Config.for_tests(instance=Path(folder)))))
    sys.stdout.write(f"{FILE}\n")
