"""A role in one dialogue opens nothing outside it, whatever the role."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from dialogue.accounts.commands import accounts
from dialogue.accounts.models import Grant, Role, User
from dialogue.kernel import clock
from dialogue.kernel.db import db
from dialogue.kernel.errors import Conflict
from tests.cast import OTHER_SLUG, SLUG, Cast
from tests.pages import Browser


def make_admin_of_one_dialogue(cast: Cast, name: str) -> None:
    with cast.writing():
        accounts.give_role(
            user=db.session.get_one(User, cast.people[name]),
            role=Role.ADMIN,
            dialogue_id=cast.dialogue,
            actor_id=None,
            now=clock.now(),
        )


def grants(cast: Cast) -> int:
    return cast.read(lambda: db.session.scalar(select(func.count(Grant.id))) or 0)


class TestAnAdministratorOfOneDialogue:
    def test_opens_the_pages_of_the_dialogue_and_no_other(self, cast: Cast) -> None:
        make_admin_of_one_dialogue(cast, "ben")
        ben = Browser(cast.app, "ben")
        ben.get(f"/agency/d/{SLUG}")
        ben.get(f"/agency/d/{OTHER_SLUG}", 404)

    def test_sees_no_accounts_and_no_way_to_them(self, cast: Cast) -> None:
        make_admin_of_one_dialogue(cast, "ben")
        ben = Browser(cast.app, "ben")
        for path in ("/admin/", "/admin/people", f"/admin/people/{cast.people['ana']}"):
            ben.get(path, 404)
        assert "/admin/people" not in ben.get("/agency/").text

    def test_gives_and_ends_no_roles(self, cast: Cast) -> None:
        make_admin_of_one_dialogue(cast, "ben")
        ben = Browser(cast.app, "ben")
        token = ben.form("/me", action="/account/sign-out").fields["csrf_token"]
        before = grants(cast)
        ben.post(
            f"/admin/people/{cast.people['ben']}/roles",
            {"csrf_token": token, "role": "admin", "dialogue": ""},
            404,
        )
        ada = cast.read(
            lambda: db.session.scalar(select(Grant.id).where(Grant.user_id == cast.people["ada"]))
        )
        ben.post(f"/admin/grants/{ada}/end", {"csrf_token": token}, 404)
        assert grants(cast) == before
        Browser(cast.app, "ada").get("/admin/people")

    @pytest.mark.sqlite_only
    def test_does_not_count_as_the_administrator_who_must_remain(self, cast: Cast) -> None:
        make_admin_of_one_dialogue(cast, "ben")
        ada = cast.read(
            lambda: db.session.scalars(
                select(Grant.id).where(Grant.user_id == cast.people["ada"])
            ).one()
        )
        with pytest.raises(Conflict), cast.writing():
            accounts.end_role(grant_id=ada, actor_id=cast.people["ben"], now=clock.now())
