"""The public log says what was done and why, with the private totals and without a removed word;
the staff's record says who."""

from __future__ import annotations

import csv
import io
from collections import Counter

import pytest
from flask import Flask
from sqlalchemy import select

from dialogue.accounts.models import User
from dialogue.kernel.audit import AuditEntry
from dialogue.kernel.db import db, transaction
from dialogue.moderation.models import Outcome
from dialogue.moderation.queries.log import letters, log_page, totals
from tests.cast import Cast, assemble
from tests.moderation.world import World
from tests.pages import Browser

SECRET = "Zanzibar-4471"


@pytest.fixture
def cast(app: Flask) -> Cast:
    return assemble(app)


def decided(world: World) -> dict[str, int]:
    """Ana's ideas: one published, two refused by two moderators, one refusal taken back."""
    found = {"public": world.submit("Buses", "Print the number there.")[0]}
    world.decide(found["public"])
    for name, by, reason in (("a", world.lee, "claim"), ("b", world.mo, "spam")):
        found[name] = world.submit(f"{SECRET} {name}", f"About {SECRET}.")[0]
        world.decide(found[name], Outcome.REJECTED, reason=reason, note=f"{SECRET}!", by=by)
    found["undone"] = world.submit(f"{SECRET} undone", "Words")[0]
    world.undo(world.decide(found["undone"], Outcome.REJECTED, reason="claim"))
    return found


def private_totals(world: World) -> Counter[str]:
    """The standing decisions by a recount of the audit record."""
    with world.context():
        entries = db.session.scalars(
            select(AuditEntry).where(AuditEntry.act.startswith("decision."))
        ).all()
    undone = {entry.codes.get("undo_of") for entry in entries}
    return Counter(
        entry.act.removeprefix("decision.")
        for entry in entries
        if entry.act != "decision.undone" and entry.codes["decision"] not in undone
    )


class TestTheLog:
    def test_has_the_private_totals_also_after_an_undo(self, world: World) -> None:
        decided(world)
        with world.context():
            public = totals(world.dialogue)
        assert dict(public.outcomes) == private_totals(world)
        assert dict(public.outcomes) == {"approved": 1, "rejected": 2}
        assert dict(public.reasons) == {
            "A crime claim about a named person": 1,
            "Advertising or spam": 1,
        }
        assert public.undone == 1

    def test_names_moderators_by_letter_and_leads_only_to_what_is_public(
        self, world: World
    ) -> None:
        found = decided(world)
        page = world.app.test_client().get("/mod/log?dialogue=outreach")
        assert page.status_code == 200
        assert "Set-Cookie" not in page.headers
        for said in ("Moderator A", "Moderator B", "Taken back", "Advertising or spam"):
            assert said in page.text, said
        for hidden in (SECRET, "Lee", "Mo<", "Ana"):
            assert hidden not in page.text, hidden
        assert f"/ideas/{found['public']}" in page.text
        for name in ("a", "b", "undone"):
            assert f"/ideas/{found[name]}" not in page.text
        with world.context():
            by = [row.by for row in log_page(world.dialogue).rows]
        assert by == ["A", "B", "A", "A"]  # newest first

    def test_is_not_there_for_what_nobody_may_see(self, cast: Cast) -> None:
        cast.unannounce()
        visitor = Browser(cast.app)
        visitor.get("/mod/log?dialogue=outreach", 404)
        visitor.get("/mod/log?dialogue=nowhere", 404)
        assert "dialogue=outreach" not in visitor.get("/mod/log").text

    def test_goes_on_after_z(self) -> None:
        assert [letters(n) for n in (0, 25, 26, 51, 52)] == ["A", "Z", "AA", "AZ", "BA"]


@pytest.mark.sqlite_only
class TestTheRecord:
    def test_says_who_did_what_from_which_state_to_which(self, world: World) -> None:
        found = decided(world)
        page = world.client(world.lee).get("/mod/audit").text
        for said in (
            "Lee (Moderator)",
            "Mo (Moderator)",
            "Rejected",
            "Waiting for a moderator → Not published",
            "Advertising or spam",
            f"contribution {found['a']}",
            "decision 4",
        ):
            assert said in page, said

    def test_is_filtered_by_address(self, world: World) -> None:
        decided(world)
        client = world.client(world.lee)
        rows = {
            query: client.get(f"/mod/audit?{query}").text.count('<th scope="row">')
            for query in (
                "",
                "who=Mo",
                "act=decision.undone",
                "who=Nobody",
                "since=2999-01-01",
                "until=2999-01-01",
                "dialogue=outreach",
                "dialogue=nowhere",
                "act=nonsense&since=x&after=y",
            )
        }
        assert list(rows.values()) == [5, 1, 1, 0, 0, 5, 5, 0, 5]

    def test_is_a_file_that_no_spreadsheet_runs(self, world: World) -> None:
        decided(world)
        with world.context(), transaction():
            db.session.get_one(User, world.mo).display_name = "=1+1"
        answer = world.client(world.lee).get("/mod/audit.csv")
        rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
        assert len(rows) == 6
        assert any(row[2].startswith("'=1+1") for row in rows)
        assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)

    def test_shows_each_only_their_own_dialogues(self, cast: Cast) -> None:
        mine, other = Browser(cast.app, "lee"), Browser(cast.app, "mo")
        assert f"contribution {cast.idea}" in mine.get("/mod/audit").text
        assert "contribution" not in other.get("/mod/audit").text.split("<tbody>")[-1]
        assert "Role given" not in mine.get("/mod/audit").text.split("<tbody>")[-1]
        assert "Role given" in Browser(cast.app, "ada").get("/mod/audit").text.split("<tbody>")[-1]
