"""Route × role × method: every route is declared and in the table, and analysts and administrators
of one dialogue get what the table of answers (tests/site/test_access.py) gives their like."""

from __future__ import annotations

import pytest
from flask import Flask

from dialogue.accounts.access import declared
from dialogue.accounts.commands import accounts
from dialogue.accounts.models import Role
from dialogue.kernel import clock
from tests.cast import Cast, address, assemble, empty
from tests.pages import Browser
from tests.security.route_table import FILE, written
from tests.site.test_access import ROLES, TABLE, answers_of, values_for

MODERATOR, OFFICER = {False: "mo", True: "lee"}, {False: "oz", True: "ola"}

# Where one route answers an analyst or a dialogue's administrator otherwise than their like.
OTHERWISE: dict[tuple[str, str], str] = {}


def add(cast: Cast, name: str, role: Role, dialogue_id: int) -> None:
    with cast.writing():
        user = accounts.add_by_staff(
            email=address(name),
            role=role,
            dialogue_id=dialogue_id,
            password=None,
            actor_id=None,
            now=clock.now(),
        )
        user.display_name, user.name_folded = name.capitalize(), name


def expected(app: Flask, endpoint: str, role: Role, *, here: bool) -> str:
    """What the like of somebody is answered: an officer's answer for an analyst, a moderator's or
    an officer's for an administrator of the same dialogue; 404 where the role is not let in."""
    access = declared(app, endpoint)
    assert access is not None
    answers = TABLE[endpoint][1].split()
    methods = len(answers) // len(ROLES)
    row = {
        name: " ".join(answers[place * methods : (place + 1) * methods])
        for place, name in enumerate(ROLES)
    }
    if not access.roles:
        return row[OFFICER[here]]
    if access.everywhere or role not in access.roles:
        return " ".join(["404"] * methods)
    if role == Role.ADMIN and Role.MODERATOR in access.roles:
        return row[MODERATOR[here]]
    return row[OFFICER[here]] if access.roles & {Role.OFFICER, Role.ANALYST} else "404"


@pytest.mark.sqlite_only
class TestTheMatrix:
    def test_lists_every_route_and_each_declares_whom_it_lets_in(self, app: Flask) -> None:
        undeclared = [
            rule.rule for rule in app.url_map.iter_rules() if declared(app, rule.endpoint) is None
        ]
        assert undeclared == []
        now = written(app)
        assert FILE.read_text() == now, (
            "Routes changed. Run `python -m tests.security.route_table` and read the difference:"
            " is it meant that these people may do this?"
        )

    @pytest.mark.parametrize("here", [True, False])
    @pytest.mark.parametrize("role", [Role.ANALYST, Role.ADMIN])
    def test_is_true_for_analysts_and_administrators_of_one_dialogue(
        self, app: Flask, role: Role, here: bool
    ) -> None:
        empty(app)
        cast = assemble(app)
        values = values_for(cast)
        add(cast, "una", role, cast.dialogue if here else cast.other)
        wrong = [
            f"{endpoint}: {answer}, not {wanted}"
            for endpoint, answer in answers_of(cast, Browser(app, "una"), values).items()
            if " ".join(answer)
            != (wanted := OTHERWISE.get((endpoint, role), expected(app, endpoint, role, here=here)))
        ]
        assert wrong == []
