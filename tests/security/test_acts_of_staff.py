"""Every form of staff leaves exactly one entry of the kind that the published list says, and none
twice; a new form without a line here fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import pytest
from flask import Flask
from sqlalchemy import func, select

from dialogue.accounts.access import declared
from dialogue.kernel import audit, clock
from dialogue.kernel.audit import AuditEntry
from dialogue.kernel.db import db, transaction
from dialogue.moderation.commands import appeals
from dialogue.moderation.models import QueueItem
from dialogue.participation.models import Contribution
from dialogue.reports import showing
from dialogue.reports.models import Report, ReportDraft, ReportState
from tests.cast import Cast, assemble
from tests.dialogues import test_editing, test_moderation_rules
from tests.moderation.test_batches import LOOK, press, undo_of
from tests.moderation.test_deciding_pages import act, page, undo
from tests.pages import Browser
from tests.parts.person import Form, forms
from tests.reports import test_hand_pages as hand
from tests.reports.conversation import TWO_VIEWS, hold, officer
from tests.reports.said import VIEWS, say

pytestmark = pytest.mark.sqlite_only

# What each form of staff leaves in the record; nothing, with the reason. Two where one form does
# two acts: a dialogue begins with its first policy.
ACTS = {
    "agency.edit_post": "dialogue.changed",
    "agency.moderation_post": "policy.published dialogue.changed",
    "agency.new_post": "policy.published dialogue.created",
    "appeals.answer": "decision.appeal_refused",
    "authors.lift_step": "step.lifted",
    "authors.take_step": "step.taken",
    "batches.decide": "decision.approved decision.approved",  # one for each item
    "batches.look": "nothing: it shows what would be decided",
    "batches.undo": "decision.undone decision.undone",
    "care.erase": "nothing: the emptied note stays, with its writer and the moment",
    "care.mark": "nothing: it only folds the words for the next reader",
    "care.seen": "nothing: it notes that oneself has read",
    "care.write": "nothing: a note among moderators is a record of its own, with its writer",
    "hiding.all_of_item": "decision.redacted",
    "hiding.hide": "decision.redacted",
    "lineage.merge_post": "decision.merged",
    "lineage.split_post": "decision.split",
    "moderation.claim": "nothing: it tells others who reads, and decides nothing",
    "moderation.decide": "decision.approved",
    "moderation.undo": "decision.undone",
    "people.end_role": "grant.ended",
    "people.give_role": "grant.given",
    "people.person": "people.looked_up",
    "people.show": "people.looked_up",  # found by a whole address
    "reports_hand.change": "report.changed",
    "reports_hand.pick": "report.changed",
    "reports_hand.split_post": "report.changed",
    "reports_hand.take_back": "report.changed",
    "reports_manage.cancel": "report.finished",
    "reports_manage.publish": "report.published",
    "reports_manage.request_report": "report.requested",
    "reports_manage.retry": "report.requested",
    "reports_manage.set_weekly": "report.scheduled",
    "texts.decide": "decision.off_topic",
    "texts.original_post": "sealed_text.read",
    "texts.undo": "decision.undone",
    "watch_lists.change": "watch_list.changed",
}
# Pages that show an address or sealed words: looking is an act.
LOOKS = {"people.person", "people.show"}


class Ledger:
    """Counts entries around each form that is sent."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.seen: dict[str, str] = {}

    @contextmanager
    def of(self, endpoint: str) -> Iterator[None]:
        before = self._acts()
        yield
        new = self._acts()[len(before) :]
        self.seen[endpoint] = " ".join(new) or "nothing"

    def _acts(self) -> list[str]:
        with self.app.app_context():
            return list(db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.seq)).all())


def moderation(app: Flask, ledger: Ledger) -> None:
    cast = assemble(app)
    lee, ada = Browser(app, "lee"), Browser(app, "ada")
    token = lee.form("/mod/watch", holding="word").fields["csrf_token"]
    with ledger.of("watch_lists.change"):
        form = lee.form("/mod/watch", holding="word")
        for _ in range(2):
            lee.send(form, button=("step", "save"), word="casino")
    other = cast.post_idea("Ask the union first", "It has a list. It answers at night.", by="ben")
    cast.approve(other)
    told = cast.post_comment("Call Dale Whitcombe at (202) 555-0177 or write.")
    said = cast.post_comment("Call me at (202) 555-0178 or write.")
    lee.get("/mod/queue")
    items = {number: item_of(cast, number) for number in (cast.waiting, told, said)}
    with ledger.of("moderation.claim"):
        lee.post(f"/mod/items/{items[cast.waiting]}/claim", {"csrf_token": token}, 204)
    version = cast.read(lambda: db.session.get_one(QueueItem, items[cast.waiting]).version)
    with ledger.of("moderation.decide"):
        for _ in range(2):
            fields = {"csrf_token": token, "outcome": "approve", "version": str(version)}
            lee.post(f"/mod/items/{items[cast.waiting]}/decisions", fields)
    decision = newest_decision(cast)
    with ledger.of("moderation.undo"):
        lee.post(f"/mod/decisions/{decision}/undo", {"csrf_token": token})
    together(cast, ledger, lee)
    with ledger.of("hiding.hide"):
        lee.send(lee.form(page(told, "/redact"), holding="words"), button=("step", "hide"))
    with ledger.of("hiding.all_of_item"):
        version = cast.read(lambda: db.session.get_one(QueueItem, items[said]).version)
        fields = {"csrf_token": token, "version": str(version)}
        lee.post(f"/mod/items/{items[said]}/redact", fields)
    with ledger.of("texts.original_post"):
        ada.send(ada.form(page(told, "/original")), status=200)
    with ledger.of("lineage.merge_post"):
        lee.send(lee.form(page(other, f"/merge?into={cast.idea}"), holding="into"))
    lee.send(act(lee, other, "unmerge"))
    with ledger.of("texts.decide"):
        lee.send(act(lee, cast.idea, "off_topic"))
    with ledger.of("texts.undo"):
        lee.send(undo(lee, cast.idea))
    with ledger.of("lineage.split_post"):
        form = lee.form(page(other, "/split"), holding="part-1-title")
        words = {"part-1-title": "It has a list.", "part-1-body": ""}
        words |= {"part-2-title": "It answers at night.", "part-2-body": ""}
        lee.send(form, **words)
    steps(cast, ledger, lee, ada, items[cast.waiting])


def together(cast: Cast, ledger: Ledger, lee: Browser) -> None:
    """Several items at once, and notes among moderators."""
    ideas = [cast.post_idea(f"Print it on bus ticket {n}", "In big letters.") for n in (1, 2)]
    lee.get("/mod/queue")
    items = [item_of(cast, idea) for idea in ideas]
    with cast.writing():
        for item in items:
            db.session.get_one(QueueItem, item).screened_at = clock.now()
    queue = to(lee, "/mod/queue", LOOK)
    with ledger.of("batches.look"):
        chosen = {**queue.fields, "item": [str(item) for item in items]}
        preview = lee.post(LOOK, chosen, 200)
    with ledger.of("batches.decide"):
        for _ in range(2):
            assert press(lee.client, preview).status_code == 303
    with ledger.of("batches.undo"):
        lee.send(undo_of(lee.get("/mod/queue")))
    notes = f"/mod/items/{items[0]}/notes"
    with ledger.of("care.write"):
        lee.send(lee.form(notes, holding="words"), words="Please look at this too.")
    with ledger.of("care.mark"):
        lee.send(to(lee, notes, "/hard"))
    with ledger.of("care.seen"):
        token = lee.form(notes, holding="words").fields["csrf_token"]
        lee.post(f"{notes}/seen", {"csrf_token": token})
    with ledger.of("care.erase"):
        lee.send(to(lee, notes, "/erase"))


def steps(cast: Cast, ledger: Ledger, lee: Browser, ada: Browser, item: int) -> None:
    path = f"/mod/items/{item}/author"
    form = lee.form(path, holding="step")
    with ledger.of("authors.take_step"):
        for _ in range(2):
            lee.send(form, step="slow", reason="threats")
    lift = to(lee, path, "/mod/steps/")
    with ledger.of("authors.lift_step"):
        lee.send(lift)
    decision = cast.reject(cast.waiting)
    with cast.writing():
        asked = appeals.ask_about_decision(
            decision_id=decision, user_id=cast.people["ana"], words="Again?", now=clock.now()
        )
        appeal = f"/mod/items/{asked.item_id}/appeal"
    with ledger.of("appeals.answer"):
        form = ada.form(appeal, holding="answer")
        for _ in range(2):
            ada.send(form, outcome="refuse", answer="It stands.")
    ben = f"/admin/people/{cast.people['ben']}"
    with ledger.of("people.person"):
        ada.get(ben)
    with ledger.of("people.show"):
        ada.get("/admin/people?q=Ben%40people.example")
        ada.get("/admin/people?q=Ben")
        ada.get("/admin/people?q=nobody%40people.example")
    give = to(ada, ben, "/roles")
    with ledger.of("people.give_role"):
        ada.send(give, role="analyst")
    end = to(ada, ben, "/end")
    with ledger.of("people.end_role"):
        ada.send(end)
    with ledger.of("agency.new_post"):
        fields = test_editing.whole(ada, "change")
        for _ in range(2):
            ada.post(test_editing.NEW, fields)
    ola = Browser(cast.app, "ola")
    fields = test_editing.fields_of(ola, test_editing.EDIT) | {"lede": "Tell us more."}
    with ledger.of("agency.edit_post"):
        ola.post(test_editing.EDIT, fields)
    fields = test_moderation_rules.typed(ola) | {"policy_en": "Be *kind* to each other."}
    with ledger.of("agency.moderation_post"):
        ola.post(test_moderation_rules.RULES, fields)


def reports(app: Flask, ledger: Ledger, ola: Browser) -> None:
    new = "/agency/d/pay/reports/new"
    with ledger.of("reports_hand.change"):
        hand.post(ola, do="foreword", foreword="We thank everybody.")
    with ledger.of("reports_hand.take_back"):
        hand.post(ola, path=f"{hand.EDIT}/changes/1/take-back")
    with app.app_context():
        row = showing.document_of(db.session.get_one(Report, 1))["topics"]["list"][1]
    choose = ola.get(f"{hand.EDIT}/quotations?target=topic:rules").text
    comment = row["comments"][3]
    place = choose.split(f'value="{comment}:')[1].split('"')[0]
    with ledger.of("reports_hand.pick"):
        quotation = f"{comment}:{place}"
        hand.post(ola, 303, f"{hand.EDIT}/quotations", target="topic:rules", quotation=quotation)
    with ledger.of("reports_hand.split_post"):
        chosen = str(row["ideas"][0])
        fields = {"target": "topic:rules", "name": "Fines", "contributions": chosen}
        hand.post(ola, 303, f"{hand.EDIT}/split", **fields)
    with app.app_context(), transaction():  # as if the files had been written anew
        draft = db.session.get_one(ReportDraft, 1)
        draft.written = draft.changes
    with ledger.of("reports_manage.publish"):
        ola.send(to(ola, "/d/pay/reports/1", "/publish"))
    with ledger.of("reports_manage.set_weekly"):
        ola.send(to(ola, new, "/weekly"))
    with ledger.of("reports_manage.request_report"):
        ola.send(to(ola, new, "/reports/new"))
    with app.app_context():
        asked = db.session.scalar(select(func.max(Report.id)))
    job = f"/agency/jobs/{asked}"
    with ledger.of("reports_manage.cancel"):
        ola.send(to(ola, job, "/cancel"))
    with app.app_context(), transaction():
        db.session.get_one(Report, asked).state = ReportState.FAILED
    with ledger.of("reports_manage.retry"):
        ola.send(to(ola, job, "/retry"))


def to(browser: Browser, path: str, part: str) -> Form:
    """The form of a page whose address holds this."""
    return next(form for form in forms(browser.get(path).text, path) if part in form.action)


def item_of(cast: Cast, contribution_id: int) -> int:
    found = cast.read(
        lambda: db.session.scalar(
            select(QueueItem.id).where(QueueItem.contribution_id == contribution_id)
        )
    )
    assert found is not None
    return found


def newest_decision(cast: Cast) -> int:
    return cast.read(
        lambda: (
            db.session.scalars(
                select(AuditEntry).where(AuditEntry.act.startswith("decision."))
            ).all()[-1]
        ).codes["decision"]
    )


@pytest.fixture
def officer_of_a_draft(app: Flask) -> Browser:
    """An officer with the draft of a report on sixty comments."""
    chance = Random(3)
    with app.app_context():
        said = [(n % 8, n, say(VIEWS[n % 3], chance)) for n in range(len(TWO_VIEWS))]
        hand.make(hold(comments=said).id, officer().id)
    browser = Browser(app)
    browser.sign_in("officer@example.gov")
    return browser


class TestEveryActOfStaff:
    def test_leaves_one_entry_of_its_kind(self, app: Flask, officer_of_a_draft: Browser) -> None:
        ledger = Ledger(app)
        reports(app, ledger, officer_of_a_draft)
        moderation(app, ledger)
        expected = {
            endpoint: "nothing" if said.startswith("nothing:") else said
            for endpoint, said in ACTS.items()
        }
        assert ledger.seen == expected
        with app.app_context():
            assert audit.verify() == []
            assert db.session.scalar(select(func.count()).select_from(Contribution))

    def test_is_listed_here(self, app: Flask) -> None:
        posts = {
            rule.endpoint
            for rule in app.url_map.iter_rules()
            if "POST" in (rule.methods or ())
            and (access := declared(app, rule.endpoint)) is not None
            and access.roles
        }
        assert posts | LOOKS == set(ACTS)
