"""Every route × every role: the table says what each may do, and no route is missing from it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from dialogue.accounts.access import declared, public
from dialogue.accounts.models import Grant
from dialogue.dialogues.models import Dialogue
from dialogue.kernel import clock
from dialogue.kernel.db import db
from dialogue.moderation.commands import queue
from dialogue.moderation.models import QueueItem
from dialogue.reports.commands import making as reports
from tests.cast import SLUG, Cast, assemble, empty
from tests.pages import Browser

# Who asks: nobody, a participant, the moderator and the officer of another dialogue, the moderator
# and the officer of this one, the administrator.
ROLES = ("", "ben", "mo", "oz", "lee", "ola", "ada")

# What the route declares, and what each of ROLES is answered. `in`: sent to the sign-in page, and
# from there back. POSTs carry the token of a page and no other field, so 422 means "let in".
TABLE: dict[str, tuple[str, str]] = {
    "accounts.confirm": ("everybody", "200 200 200 200 200 200 200"),
    "accounts.confirm_post": ("everybody", "422 422 422 422 422 422 422"),
    "accounts.create": ("everybody", "200 303 303 303 303 303 303"),
    "accounts.create_post": ("everybody", "422 422 422 422 422 422 422"),
    "accounts.kept_words": ("signed in", "in 303 303 303 303 303 303"),
    "accounts.link": ("everybody", "410 410 410 410 410 410 410"),
    "accounts.link_post": ("everybody", "410 410 410 410 410 410 410"),
    "accounts.sign_in": ("everybody", "200 303 303 303 303 303 303"),
    "accounts.sign_in_code": ("everybody", "200 200 200 200 200 200 200"),
    "accounts.sign_in_code_post": ("everybody", "422 422 422 422 422 422 422"),
    "accounts.sign_in_post": ("everybody", "422 422 422 422 422 422 422"),
    "accounts.sign_out": ("everybody", "303 303 303 303 303 303 303"),
    "activity.me": ("signed in", "in 200 200 200 200 200 200"),
    "addresses.confirm": ("everybody", "410 410 410 410 410 410 410"),
    "addresses.confirm_post": ("everybody", "410 410 410 410 410 410 410"),
    "addresses.undo": ("everybody", "410 410 410 410 410 410 410"),
    "addresses.undo_post": ("everybody", "410 410 410 410 410 410 410"),
    "agency.dashboard": ("analyst officer", "in 404 404 404 404 200 200"),
    "agency.edit": ("officer", "in 404 404 404 404 200 200"),
    "agency.edit_post": ("officer", "in 404 404 404 404 422 422"),
    "agency.index": ("analyst officer", "in 404 404 200 404 200 200"),
    "agency.moderation": ("officer", "in 404 404 404 404 200 200"),
    "agency.moderation_post": ("officer", "in 404 404 404 404 422 422"),
    "agency.new": ("officer", "in 404 404 404 404 404 200"),
    "agency.new_post": ("officer", "in 404 404 404 404 404 422"),
    "comments.edit": ("signed in", "in 200 404 404 404 404 404"),
    "comments.edit_post": ("signed in", "in 422 404 404 404 404 404"),
    "comments.post": ("everybody", "422 422 422 422 422 422 422"),
    "departures.show": ("everybody", "404 404 404 404 404 404 404"),
    "dialogue_home.about": ("everybody", "200 200 200 200 200 200 200"),
    "dialogue_home.canonical": ("everybody", "301 301 301 301 301 301 301"),
    "dialogue_home.show": ("everybody", "200 200 200 200 200 200 200"),
    "drafts.discard": ("signed in", "in 404 404 404 404 404 404"),
    "drafts.download": ("signed in", "in 404 404 404 404 404 404"),
    "drafts.go_on": ("signed in", "in 404 404 404 404 404 404"),
    "drafts.index": ("signed in", "in 200 200 200 200 200 200"),
    "disown.ask": ("everybody", "422 422 422 422 422 422 422"),
    "disown.confirm": ("everybody", "410 410 410 410 410 410 410"),
    "disown.link": ("everybody", "410 410 410 410 410 410 410"),
    "disown.secure": ("everybody", "410 410 410 410 410 410 410"),
    "disown.show": ("everybody", "200 200 200 200 200 200 200"),
    "emails.save": ("signed in", "in 422 422 422 422 422 422"),
    "emails.show": ("signed in", "in 200 200 200 200 200 200"),
    "emails.stop": ("everybody", "404 404 404 404 404 404 404"),
    "emails.stop_post": ("everybody", "404 404 404 404 404 404 404"),
    "feeds.calendar": ("everybody", "200 200 200 200 200 200 200"),
    "feeds.dialogue": ("everybody", "200 200 200 200 200 200 200"),
    "feeds.idea": ("everybody", "200 200 200 200 200 200 200"),
    "flags.send": ("everybody", "422 422 422 422 422 422 422"),
    "flags.show": ("everybody", "200 200 200 200 200 200 200"),
    "flags.take_back": ("signed in", "in 404 404 404 404 404 404"),
    "following.dialogue": ("everybody", "200 200 200 200 200 200 200"),
    "following.dialogue_post": ("everybody", "303 303 303 303 303 303 303"),
    "following.idea": ("everybody", "200 200 200 200 200 200 200"),
    "following.idea_post": ("everybody", "303 303 303 303 303 303 303"),
    "following.topic": ("everybody", "200 200 200 200 200 200 200"),
    "following.topic_post": ("everybody", "303 303 303 303 303 303 303"),
    "health.healthz": ("everybody", "200 200 200 200 200 200 200"),
    "health.metrics": ("everybody", "200 200 200 200 200 200 200"),
    "health.readyz": ("everybody", "503 503 503 503 503 503 503"),
    "helpful.mark": ("signed in", "in 422 422 422 422 422 422"),
    "history.comment": ("everybody", "200 200 200 200 200 200 200"),
    "history.idea": ("everybody", "200 200 200 200 200 200 200"),
    "home.dialogues": ("everybody", "200 200 200 200 200 200 200"),
    "home.index": ("everybody", "200 200 200 200 200 200 200"),
    "idea_page.show": ("everybody", "200 200 200 200 200 200 200"),
    "ideas.edit": ("signed in", "in 404 404 404 404 404 404"),
    "ideas.edit_post": ("signed in", "in 404 404 404 404 404 404"),
    "ideas.new": ("everybody", "200 200 200 200 200 200 200"),
    "ideas.new_post": ("everybody", "422 422 422 422 422 422 422"),
    "ideas_csv.download": ("everybody", "200 200 200 200 200 200 200"),
    "keeping.keep": ("signed in", "in 422 422 422 422 422 422"),
    "batches.decide": ("moderator", "in 404 422 404 422 404 422"),
    "batches.look": ("moderator", "in 404 200 404 200 404 200"),
    "batches.look_again": ("moderator", "in in 404 404 303 303 404 404 303 303 404 404 303 303"),
    "batches.show": ("moderator", "in 404 404 404 404 404 404"),
    "batches.undo": ("moderator", "in 404 404 404 404 404 404"),
    "batches.undo_again": ("moderator", "in 404 303 404 303 404 303"),
    "care.again": ("moderator", "in in 404 404 303 303 404 404 303 303 404 404 303 303"),
    "care.erase": ("moderator", "in 404 404 404 404 404 404"),
    "care.mark": ("moderator", "in 404 404 404 303 404 303"),
    "care.mentions": ("moderator", "in 404 200 404 200 404 200"),
    "care.notes": ("moderator", "in 404 404 404 200 404 200"),
    "care.seen": ("moderator", "in 404 404 404 303 404 303"),
    "care.write": ("moderator", "in 404 404 404 422 404 422"),
    "moderation.claim": ("moderator", "in 404 404 404 204 404 204"),
    "moderation.decide": ("moderator", "in 404 404 404 422 404 422"),
    "moderation.decide_again": ("moderator", "in 404 303 404 303 404 303"),
    "moderation.home": ("moderator", "in 404 303 404 303 404 303"),
    "moderation.item": ("moderator", "in 404 404 404 200 404 200"),
    "moderation.queue": ("moderator", "in 404 200 404 200 404 200"),
    "moderation.undo": ("moderator", "in 404 404 404 303 404 303"),
    "moderation.undo_again": ("moderator", "in 404 303 404 303 404 303"),
    "my_flags.show": ("signed in", "in 200 200 200 200 200 200"),
    "my_votes.show": ("signed in", "in 200 200 200 200 200 200"),
    "notices.mine": ("signed in", "in 200 200 200 200 200 200"),
    "notices.mine_post": ("signed in", "in 303 303 303 303 303 303"),
    "openings.ask": ("everybody", "409 409 409 409 409 409 409"),
    "openings.show": ("everybody", "409 409 409 409 409 409 409"),
    "one_by_one.show": ("everybody", "200 200 200 200 200 200 200"),
    "my_account.address": ("signed in", "in 200 200 200 200 200 200"),
    "my_account.address_code": ("signed in", "in 200 200 200 200 200 200"),
    "my_account.address_code_post": ("signed in", "in 422 422 422 422 422 422"),
    "my_account.address_post": ("signed in", "in 422 422 422 422 422 422"),
    "my_account.language": ("signed in", "in 422 422 422 422 422 422"),
    "my_account.password": ("signed in", "in 200 200 200 200 200 200"),
    "my_account.password_post": ("signed in", "in 422 422 422 422 422 422"),
    "my_account.show": ("signed in", "in 200 200 200 200 200 200"),
    "my_data.copy": ("signed in", "in 303 303 303 303 303 303"),
    "my_data.delete": ("signed in", "in 200 200 200 200 200 200"),
    "my_data.delete_code": ("signed in", "in 303 303 303 303 303 303"),
    "my_data.delete_code_post": ("signed in", "in 422 422 422 422 422 422"),
    "my_data.delete_post": ("signed in", "in 422 422 422 422 422 422"),
    "my_data.download": ("signed in", "in 404 404 404 404 404 404"),
    "my_data.show": ("signed in", "in 200 200 200 200 200 200"),
    "my_name.edit": ("signed in", "in 200 404 404 404 404 404"),
    "my_name.edit_post": ("signed in", "in 422 404 404 404 404 404"),
    "my_name.index": ("signed in", "in 200 200 200 200 200 200"),
    "my_proof.code": ("signed in", "in 200 200 200 200 200 200"),
    "my_proof.code_post": ("signed in", "in 422 422 422 422 422 422"),
    "my_proof.show": ("signed in", "in 200 200 200 200 200 200"),
    "my_proof.show_post": ("signed in", "in 303 303 303 303 303 303"),
    "my_sessions.end": ("signed in", "in 404 404 404 404 404 404"),
    "my_sessions.end_others": ("signed in", "in 303 303 303 303 303 303"),
    "my_sessions.show": ("signed in", "in 200 200 200 200 200 200"),
    "pages.help_page": ("everybody", "200 200 200 200 200 200 200"),
    "pages.leaving": ("everybody", "400 400 400 400 400 400 400"),
    "pages.policy_accessibility": ("everybody", "200 200 200 200 200 200 200"),
    "pages.policy_comments": ("everybody", "200 200 200 200 200 200 200"),
    "pages.policy_privacy": ("everybody", "200 200 200 200 200 200 200"),
    "pages.robots": ("everybody", "200 200 200 200 200 200 200"),
    "pages.safety": ("everybody", "200 200 200 200 200 200 200"),
    "pages.security_txt": ("everybody", "200 200 200 200 200 200 200"),
    "people.end_role": ("admin", "in 404 404 404 404 404 303"),
    "people.give_role": ("admin", "in 404 404 404 404 404 422"),
    "people.index": ("admin", "in 404 404 404 404 404 303"),
    "people.person": ("admin", "in 404 404 404 404 404 200"),
    "people.show": ("admin", "in 404 404 404 404 404 200"),
    "receipts.look_up": ("everybody", "422 422 422 422 422 422 422"),
    "receipts.mine": ("signed in", "in 404 404 404 404 404 404"),
    "receipts.show": ("everybody", "200 200 200 200 200 200 200"),
    "reports.changes": ("everybody", "404 404 404 404 404 404 404"),
    "reports.document_schema": ("everybody", "200 200 200 200 200 200 200"),
    "permalinks.comment": ("everybody", "303 303 303 303 303 303 303"),
    "reports.download": ("everybody", "404 404 404 404 404 404 404"),
    "reports.index": ("everybody", "200 200 200 200 200 200 200"),
    "reports.show": ("everybody", "404 404 404 404 404 404 404"),
    "reports_hand.change": ("officer", "in 404 404 404 404 404 404"),
    "reports_hand.edit": ("officer", "in 404 404 404 404 404 404"),
    "reports_hand.pick": ("officer", "in 404 404 404 404 404 404"),
    "reports_hand.quotations": ("officer", "in 404 404 404 404 404 404"),
    "reports_hand.split": ("officer", "in 404 404 404 404 404 404"),
    "reports_hand.split_post": ("officer", "in 404 404 404 404 404 404"),
    "reports_hand.take_back": ("officer", "in 404 404 404 404 404 404"),
    "reports_manage.cancel": ("analyst officer", "in 404 404 404 404 303 303"),
    "reports_manage.job": ("analyst officer", "in 404 404 404 404 200 200"),
    "reports_manage.new": ("analyst officer", "in 404 404 404 404 200 200"),
    "reports_manage.publish": ("officer", "in 404 404 404 404 404 404"),
    "reports_manage.request_report": ("analyst officer", "in 404 404 404 404 303 303"),
    "reports_manage.set_weekly": ("analyst officer", "in 404 404 404 404 303 303"),
    "reports_manage.retry": ("analyst officer", "in 404 404 404 404 303 303"),
    "search_results.show": ("everybody", "200 200 200 200 200 200 200"),
    "similar.show": ("everybody", "200 200 200 200 200 200 200"),
    "static": ("everybody", "404 404 404 404 404 404 404"),
    "votes.cast": ("everybody", "422 422 422 422 422 422 422"),
    "votes.show": ("everybody", "200 200 200 200 200 200 200"),
    "moderation_log.show": ("everybody", "200 200 200 200 200 200 200"),
    "record.file": ("moderator officer", "in 404 200 200 200 200 200"),
    "record.show": ("moderator officer", "in 404 200 200 200 200 200"),
    "second_look.about_decision": ("signed in", "in 404 404 404 404 404 404"),
    "second_look.about_step": ("signed in", "in 404 404 404 404 404 404"),
    "second_look.ask_about_decision": ("signed in", "in 404 404 404 404 404 404"),
    "second_look.ask_about_step": ("signed in", "in 404 404 404 404 404 404"),
    "steps.show": ("signed in", "in 200 200 200 200 200 200"),
    "appeals.answer": ("moderator", "in 404 404 404 404 404 404"),
    "appeals.show": ("moderator", "in 404 404 404 404 404 404"),
    "authors.lift_step": ("moderator", "in 404 404 404 404 404 404"),
    "authors.show": ("moderator", "in 404 404 404 200 404 200"),
    "authors.take_step": ("moderator", "in 404 404 404 422 404 422"),
    "hiding.all_of_item": ("moderator", "in 404 404 404 409 404 409"),
    "hiding.hide": ("moderator", "in 404 404 404 409 404 409"),
    "hiding.of_item": ("moderator", "in 404 404 404 303 404 303"),
    "hiding.show": ("moderator", "in 404 404 404 200 404 200"),
    "lineage.merge": ("moderator", "in 404 404 404 200 404 200"),
    "lineage.merge_item": ("moderator", "in 404 404 404 303 404 303"),
    "lineage.merge_post": ("moderator", "in 404 404 404 409 404 409"),
    "lineage.split": ("moderator", "in 404 404 404 200 404 200"),
    "lineage.split_item": ("moderator", "in 404 404 404 303 404 303"),
    "lineage.split_post": ("moderator", "in 404 404 404 409 404 409"),
    "texts.decide": ("moderator", "in 404 404 404 422 404 422"),
    "texts.decide_again": ("moderator", "in 404 404 404 303 404 303"),
    "texts.original": ("moderator officer", "in 404 404 404 404 404 404"),
    "texts.original_post": ("moderator officer", "in 404 404 404 404 404 404"),
    "texts.show": ("moderator", "in 404 404 404 200 404 200"),
    "texts.undo": ("moderator", "in 404 404 404 409 404 409"),
    "texts.undo_again": ("moderator", "in 404 404 404 303 404 303"),
    "watch_lists.change": ("moderator", "in 404 200 404 200 404 200"),
    "watch_lists.show": ("moderator", "in 404 200 404 200 404 200"),
    "withdrawing.comment": ("signed in", "in 200 404 404 404 404 404"),
    "withdrawing.comment_post": ("signed in", "in 303 404 404 404 404 404"),
    "withdrawing.idea": ("signed in", "in 404 404 404 404 404 404"),
    "withdrawing.idea_post": ("signed in", "in 404 404 404 404 404 404"),
    "writing_check.check": ("everybody", "200 200 200 200 200 200 200"),
}


def said_of(app: Flask, endpoint: str) -> str:
    """What a route declares, in words."""
    access = declared(app, endpoint)
    if access is None:
        return "nothing"
    if not access.signed_in:
        return "everybody"
    return " ".join(sorted(role for role in access.roles if role != "admin")) or (
        "admin" if access.roles else "signed in"
    )


def values_for(cast: Cast) -> dict[str, object]:
    """Something real for every variable part of an address."""
    decision = cast.approve(cast.post_idea("Approved a moment ago", "Words"))

    def found() -> dict[str, object]:
        grant = select(Grant.id).where(Grant.user_id == cast.people["oz"])
        item = select(QueueItem.id).where(QueueItem.contribution_id == cast.waiting)
        return {
            "slug": SLUG,
            "idea_id": cast.idea,
            "reference": f"{cast.idea}-check-recruiters-before-the-visa",
            "comment_id": cast.comment,
            "draft_id": 1,
            "contribution_id": cast.idea,
            "family": "ideas",
            "user_id": cast.people["ben"],
            "grant_id": db.session.scalar(grant),
            "item_id": db.session.scalar(item),
            "decision_id": decision,
            "batch_id": 987_654,
            "note_id": 987_654,
            "session_id": 987_654,
            "step_id": 1,
            "copy_id": 987_654,
            "token": "unknown",
            "number": 1,
            "kind": "json",
            "key": "training",
            "filename": "build/none.css",
        }

    with cast.writing():
        queue.ensure_items(scope=None)
    values = cast.read(found)
    with cast.writing():
        dialogue = db.session.get_one(Dialogue, cast.dialogue)
        values["edit_id"] = 1
        values["report_id"] = reports.request_report(
            dialogue=dialogue, actor_id=None, now=clock.now()
        ).id
    return values


def routes(app: Flask) -> list[tuple[str, str, str]]:
    """(endpoint, method, rule) of every route; signing out comes last."""
    found = [
        (rule.endpoint, method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"})
    ]
    return sorted(found, key=lambda route: (route[0] == "accounts.sign_out", route))


def answers(app: Flask) -> dict[str, list[str]]:
    """What each role is answered by each route, each role in a world that nobody has touched."""
    found: dict[str, list[str]] = {}
    for name in ROLES:
        empty(app)
        cast = assemble(app)
        values = values_for(cast)
        for endpoint, given in answers_of(cast, Browser(app, name), values).items():
            found.setdefault(endpoint, []).extend(given)
    return found


def answers_of(cast: Cast, browser: Browser, values: dict[str, object]) -> dict[str, list[str]]:
    """What one person is answered by each route, for each of its methods."""
    found: dict[str, list[str]] = {}
    token = (
        browser.form("/me", action="/account/sign-out").fields["csrf_token"]
        if browser.name
        else browser.form("/account/create", holding="email").fields["csrf_token"]
    )
    for endpoint, method, _rule in routes(cast.app):
        with cast.app.test_request_context():
            adapter = cast.app.create_url_adapter(None) or cast.app.url_map.bind("localhost")
            given = {
                key: values[key]
                for rule in cast.app.url_map.iter_rules(endpoint)
                for key in rule.arguments
            }
            path = adapter.build(endpoint, given, method)
        data = {"csrf_token": token} if method == "POST" else None
        answer = browser.client.open(path, method=method, data=data)
        where = answer.headers.get("Location", "")
        is_sent = where.startswith("/account/sign-in") and endpoint != "accounts.sign_in"
        if is_sent and method == "GET":
            assert where == "/account/sign-in?next=" + path.rstrip("?"), endpoint
        assert answer.status_code < 500 or endpoint == "health.readyz", (endpoint, browser.name)
        found.setdefault(endpoint, []).append("in" if is_sent else str(answer.status_code))
    return found


@pytest.mark.sqlite_only
class TestTheTable:
    def test_names_every_route_and_what_it_declares(self, app: Flask) -> None:
        declared_now = {
            rule.endpoint: said_of(app, rule.endpoint) for rule in app.url_map.iter_rules()
        }
        assert declared_now == {endpoint: row[0] for endpoint, row in TABLE.items()}

    def test_is_what_each_role_is_answered(self, app: Flask) -> None:
        found = answers(app)
        wrong = [
            f"{endpoint}: {' '.join(given)}, not {TABLE[endpoint][1]}"
            for endpoint, given in found.items()
            if " ".join(given) != " ".join(TABLE[endpoint][1].split())
        ]
        assert not wrong, "\n".join(wrong)

    @pytest.mark.own_database
    def test_opens_nothing_that_declares_nothing(self, cast: Cast) -> None:
        """A view without a declaration is closed, for the administrator too."""

        def forgotten() -> str:
            return "secret"

        cast.app._got_first_request = False
        cast.app.add_url_rule("/forgotten", "forgotten", forgotten)
        for name in ("", "ada"):
            assert Browser(cast.app, name).client.get("/forgotten").status_code == 404
        view: Callable[[], str] = public(forgotten)
        assert view() == "secret"
        assert Browser(cast.app).client.get("/forgotten").text == "secret"


@pytest.mark.sqlite_only
class TestADraft:
    def test_is_seen_by_its_staff_alone(self, cast: Cast) -> None:
        cast.unannounce()
        for name, status in (
            ("", 404),
            ("ben", 404),
            ("mo", 404),
            ("oz", 404),
            ("lee", 200),
            ("ola", 200),
            ("ada", 200),
        ):
            browser = Browser(cast.app, name)
            browser.get(f"/d/{SLUG}", status)
            browser.get(f"/d/{SLUG}/about", status)
            assert SLUG not in browser.get("/d/").text
            if status == 404:
                browser.get(f"/d/{SLUG}/ideas/{cast.idea}", 404)
                browser.get(f"/c/{cast.comment}", 404)
                browser.get(f"/d/{SLUG}/reports/", 404)
