"""A copy of everything, and the end: nothing of a person is left, and counts stay as they were."""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from dialogue.accounts import job
from dialogue.accounts import personal as accounts
from dialogue.accounts.commands import leaving
from dialogue.accounts.models import DataCopy, Departure, User
from dialogue.kernel import audit, clock, mail, personal
from dialogue.kernel.db import db, transaction
from dialogue.kernel.errors import Conflict
from dialogue.kernel.mail import MailMessage
from dialogue.kernel.outbox import OutboxEvent
from dialogue.moderation.models import HandOver, Outcome
from dialogue.participation.models import Contribution, Participant, Vote
from dialogue.participation.queries import integrity
from tests.accounts.test_own_account import is_long_ago
from tests.accounts.test_personal_data import everything
from tests.cast import SLUG, Cast, address
from tests.pages import Browser, newest_code, newest_mail
from tests.parts import tables
from tests.parts.mailbox import Mailbox

MAIL = "canary.mailbox@people.example"
EARLIER_MAIL = "canary.before@people.example"
NAME, EARLIER_NAME = "Canarywing", "Canaryfeather"
PUBLISHED = ("canarytitle of a published idea", "canarybody of a published idea")
EARLIER_BODY = "canaryearlier wording of it"
COMMENT = "canarycomment that is published"
PRIVATE = (
    "canarywaiting idea",
    "canaryrejected idea",
    "canaryflag said to the moderators",
    "canarydraft not sent yet",
    "canarynote to the author",
)
PASSWORD = "canarypassword 12345"


def ask_for_copy(browser: Browser) -> None:
    browser.send(browser.form("/me/data", action="/me/data/copy"))


def work(cast: Cast) -> None:
    """What the worker does next."""
    with cast.app.app_context():
        for copy in db.session.scalars(select(DataCopy.id)).all():
            job.make_copy(copy)
        for departure in db.session.scalars(select(Departure.id)).all():
            job.erase(departure)


def leave(browser: Browser, cast: Cast, email: str, words: str) -> str:
    """Delete the account through the pages; returns the address of the certificate."""
    form = browser.form("/me/data/delete", action="/me/data/delete")
    where = browser.send(form, words=words).headers["Location"]
    form = browser.form(where, holding="code")
    browser.send(form, 422, code="000000")
    return browser.send(form, code=newest_code(cast.app, email)).headers["Location"]


class TestACopy:
    def test_holds_everything_and_is_for_its_person_alone(self, cast: Cast) -> None:
        ana, ben = Browser(cast.app, "ana"), Browser(cast.app, "ben")
        ask_for_copy(ana)
        ask_for_copy(ana)  # while one is being made, that is the one
        assert "Being made" in ana.get("/me/data").text
        work(cast)
        path = ana.get("/me/data").text.split('href="/me/data/copies/')[1].split('"')[0]
        answer = ana.client.get(f"/me/data/copies/{path}")
        assert answer.headers["Cache-Control"] == "no-store"
        with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
            told: dict[str, Any] = json.loads(archive.read("data.json"))
            page = archive.read("data.html").decode()
        answer.close()
        exported = {name for name, held in personal_data(cast).items() if held.export}
        assert set(told["tables"]) == exported
        assert set(told["not_in_this_copy"]) == set(personal_data(cast)) - exported
        assert told["tables"]["user_account"][0]["email"] == address("ana")
        for words in ("Check recruiters before the visa", "Print the number", address("ana")):
            assert words in page
        ben.get(f"/me/data/copies/{path}", 404)
        is_long_ago(cast)
        where = ana.get(f"/me/data/copies/{path}", 303).headers["Location"]
        assert where.startswith("/me/confirm?next=")

    @pytest.mark.sqlite_only
    def test_goes_after_a_day_with_its_file(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        ask_for_copy(ana)
        work(cast)
        folder = Path(cast.app.config["INSTANCE"]) / "copies"
        assert len(list(folder.glob("*.zip"))) == 1
        assert next(folder.glob("*.zip")).stat().st_mode & 0o077 == 0
        with cast.writing():
            db.session.execute(update(DataCopy).values(expires_at=clock.now()))
        for file in folder.glob("*.zip"):
            os.utime(file, (1_000_000_000, 1_000_000_000))  # not one that is just being written
        with cast.app.app_context():
            job.sweep()
        assert list(folder.glob("*.zip")) == []

    @pytest.mark.sqlite_only
    def test_whose_worker_was_killed_is_made_by_the_sweep_and_fails_after_three_tries(
        self, cast: Cast
    ) -> None:
        ana = Browser(cast.app, "ana")
        ask_for_copy(ana)
        with cast.writing():
            long_ago = clock.now() - 2 * job.copying.LEASE
            db.session.execute(
                update(DataCopy).values(lease_until=long_ago, asked_at=long_ago, attempts=1)
            )
        with cast.app.app_context():
            job.sweep()
        assert "Download your copy" in ana.get("/me/data").text
        ask_for_copy(ana)
        with cast.writing():
            db.session.execute(
                update(DataCopy).where(DataCopy.state == "waiting").values(attempts=3)
            )
        work(cast)
        assert "Failed" in ana.get("/me/data").text

    @pytest.mark.sqlite_only
    def test_is_asked_for_three_times_a_day_and_after_a_fresh_sign_in(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        for _round in range(3):
            ask_for_copy(ana)
            work(cast)
        ana.send(ana.form("/me/data", action="/me/data/copy"), 429)
        is_long_ago(cast)
        ask = ana.form("/me/data", action="/me/data/copy")
        assert ana.send(ask).headers["Location"].startswith("/me/confirm")


def personal_data(cast: Cast) -> personal.PersonalData:
    with cast.app.app_context():
        return personal.held()


def live(cast: Cast) -> Browser:
    """Somebody leaves canaries wherever a person can; returns their browser."""
    person = Browser(cast.app)
    idea = f"/d/{SLUG}/ideas/{cast.idea}"
    kept = person.post(f"{idea}/vote", {"choice": "disagree"}).headers["Location"]
    form = person.form(kept, holding="display_name")
    person.send(form, email=EARLIER_MAIL, display_name=EARLIER_NAME, accept_policy="yes")
    person.enter_code("/account/confirm", newest_code(cast.app, EARLIER_MAIL))
    person.send(person.form("/me/account/password", holding="password"), password=PASSWORD)
    person.send(person.form("/me/account/address", holding="email"), email=MAIL)
    person.send(
        person.form("/me/account/address/code", holding="code"), code=newest_code(cast.app, MAIL)
    )
    person.send(person.form(f"/me/name/{SLUG}", holding="display_name"), display_name=NAME)

    def post(title: str, body: str = "") -> int:
        form = person.form(f"/d/{SLUG}/ideas/new", holding="title")
        person.send(form, button=("step", "post"), title=title, body=body, topic="none")
        return cast.read(lambda: db.session.scalars(select(func.max(Contribution.id))).one())

    published = post(PUBLISHED[0], EARLIER_BODY)
    cast.approve(published)
    cast.vote("agree", by="ben", on=published)
    cast.edit(published, *PUBLISHED)
    cast.approve(published)
    cast.decide_waiting(Outcome.REJECTED, post(PRIVATE[1]), reason="crime_claim", note=PRIVATE[4])
    post(PRIVATE[0])
    page = person.get(idea, 301).headers["Location"]
    person.send(person.form(page, holding="body"), button=("step", "post"), body=COMMENT)
    cast.approve(cast.read(lambda: db.session.scalars(select(func.max(Contribution.id))).one()))
    form = person.form(f"{idea}/flag", action=f"{idea}/flag")
    person.send(form, reason="other", note=PRIVATE[2])
    form = person.form(f"/d/{SLUG}/ideas/new", holding="title")
    person.send(form, button=("step", "save"), title=PRIVATE[3], body="", topic="none")
    ask_for_copy(person)
    return person


class TestLeaving:
    @pytest.mark.parametrize("words", ["go", "stay"])
    def test_leaves_no_canary_anywhere(
        self,
        cast: Cast,
        mailbox: Mailbox,
        capfd: pytest.CaptureFixture[str],
        words: str,
    ) -> None:
        cast.app.config["MAIL_URL"] = mailbox.url
        person = live(cast)
        counts = cast.contribution(cast.idea)
        hash_ = cast.read(
            lambda: db.session.scalars(select(User.password_hash).where(User.email == MAIL)).one()
        )
        assert hash_ is not None
        votes = cast.read(lambda: db.session.scalar(select(func.count()).select_from(Vote)))
        work(cast)
        secrets = [MAIL, EARLIER_MAIL, NAME, EARLIER_NAME, hash_, *PRIVATE]
        gone = secrets + [*PUBLISHED, EARLIER_BODY, COMMENT] * (words == "go")
        found = everything(cast)
        assert [one for one in gone if one not in found] == [], "a canary was never planted"

        certificate = leave(person, cast, MAIL, words)
        person.signed_in = False
        assert "closed" in person.get(certificate).text
        work(cast)
        with cast.app.app_context():
            mail.send_due(mailbox.url, "no-reply@here.example", "Here", clock.now())
        assert "is deleted" in person.get(certificate).text
        assert certificate.rsplit("/", 1)[1] in mailbox.to(MAIL)[-1].get_content()

        left = everything(cast).casefold()
        assert [one for one in gone if one.casefold() in left] == []
        files = _files(cast)
        assert [(one, name) for one in gone for name, held in files if one.encode() in held] == []
        said = "".join(capfd.readouterr())
        assert [one for one in gone if one in said] == []

        reader = Browser(cast.app)
        public = [f"/d/{SLUG}", f"/d/{SLUG}?sort=newest", f"/d/{SLUG}?q=canarybody", "/"]
        pages = "".join(reader.get(path).text for path in public)
        assert [one for one in secrets if one in pages] == []
        assert ("Former participant" in pages) == (words == "stay")
        assert (PUBLISHED[0] in pages) == (words == "stay")

        after = cast.contribution(cast.idea)
        assert (after.agree, after.disagree) == (counts.agree, counts.disagree)
        assert votes == cast.read(lambda: db.session.scalar(select(func.count()).select_from(Vote)))
        assert cast.read(lambda: (audit.verify(), list(integrity.altered({}, None)))) == ([], [])
        back = Browser(cast.app)
        form = back.form("/account/sign-in", holding="password")
        back.send(form, 422, email=MAIL, password=PASSWORD)

    def test_goes_on_where_a_killed_worker_stopped(self, cast: Cast) -> None:
        """Killed after each table in turn: the next one does the rest."""
        steps = len([held for held in personal_data(cast).values() if held.erase])
        with cast.writing():
            user = db.session.get_one(User, cast.people["ana"])
            departure = leaving.begin(user=user, words_go=True, now=clock.now()).id
        with cast.app.app_context():
            ana = accounts.person(db.session.get_one(User, cast.people["ana"]))
            plan = personal.Leaving(ana, True, clock.now())
            for held in list(personal.held().values())[: steps // 2]:
                if held.erase is not None:
                    with transaction():
                        held.erase(plan)
            with transaction():
                assert leaving.claim(departure, now=clock.now())
            assert job.erase(departure) is False, "two workers at once"
        with cast.writing():
            ago = clock.now() - 3 * leaving.LEASE
            db.session.execute(update(Departure).values(lease_until=ago, asked_at=ago))
        with cast.app.app_context():
            job.sweep()
            assert job.erase(departure) is False, "done twice"
            mail.send_due(cast.app.config["MAIL_URL"], "no@here.example", "Here", clock.now())
        left = everything(cast)
        assert "ana@" not in left
        assert "Check recruiters" not in left
        names = cast.read(lambda: db.session.scalars(select(Participant.public_name)).all())
        assert "Former participant" in names

    @pytest.mark.sqlite_only
    def test_needs_the_code_from_the_mailbox(self, cast: Cast) -> None:
        """Somebody at the person's device cannot delete the account; nor can a code for else."""
        ana = Browser(cast.app, "ana")
        form = ana.form("/me/data/delete", action="/me/data/delete")
        assert 'href="#words"' in ana.send(form, 422, words="").text
        ana.get("/me/data/delete/code", 303)
        for _try in range(2):
            where = ana.send(form, words="go").headers["Location"]
        form = ana.form(where, holding="code")
        for code in ("", "abc", "1" * 200):
            ana.send(form, 422, code=code)
        mail_text = newest_mail(cast.app, address("ana")).text
        assert "/account/link" not in mail_text
        is_there = cast.read(lambda: db.session.get_one(User, cast.people["ana"]).disabled_at)
        assert is_there is None
        other = Browser(cast.app, "ben")
        with ana.client.session_transaction() as mine:
            taken = mine["leaving"]
        with other.client.session_transaction() as theirs:
            theirs["leaving"] = taken
        form = other.form("/me/data/delete/code", holding="code")
        other.send(form, 422, code=newest_code(cast.app, address("ana")))
        assert cast.read(lambda: db.session.scalar(select(func.count(Departure.id)))) == 0

    @pytest.mark.sqlite_only
    def test_is_refused_to_the_last_administrator(self, cast: Cast) -> None:
        ada = Browser(cast.app, "ada")
        form = ada.form("/me/data/delete", action="/me/data/delete")
        where = ada.send(form, words="stay").headers["Location"]
        form = ada.form(where, holding="code")
        page = ada.send(form, 409, code=newest_code(cast.app, address("ada"))).text
        assert "last administrator" in page
        ada.get("/admin/people")
        with cast.app.app_context(), transaction(), pytest.raises(Conflict):
            user = db.session.get_one(User, cast.people["ada"])
            leaving.begin(user=user, words_go=False, now=clock.now())

    @pytest.mark.sqlite_only
    def test_twice_is_once(self, cast: Cast) -> None:
        ben = Browser(cast.app, "ben")
        where = ben.send(
            ben.form("/me/data/delete", action="/me/data/delete"), words="stay"
        ).headers["Location"]
        form = ben.form(where, holding="code")
        code = newest_code(cast.app, address("ben"))
        ben.send(form, code=code)
        ben.client.post(form.action, data={**form.fields, "code": code})
        assert cast.read(lambda: db.session.scalar(select(func.count(Departure.id)))) == 1
        farewells = select(func.count(MailMessage.id)).where(MailMessage.key.startswith("farewell"))
        assert cast.read(lambda: db.session.scalar(farewells)) == 1


def _files(cast: Cast) -> list[tuple[str, bytes]]:
    """Every file of the installation, the database's own among them."""
    if cast.app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):
        tables.let_go(cast.app)
    folder = Path(cast.app.config["INSTANCE"])
    return [(file.name, file.read_bytes()) for file in folder.rglob("*") if file.is_file()]


@pytest.mark.sqlite_only
class TestWordsOfAMergedIdea:
    def test_go_with_all_that_repeats_them(self, cast: Cast) -> None:
        """It lives on in another idea, and its state does not tell that its words are gone."""
        merged = cast.post_idea("canarymerged idea", "canarymerged words")
        cast.approve(merged)
        root = cast.post_idea("An idea of somebody else", "Words that stay.", by="ben")
        cast.approve(root)
        cast.decide(Outcome.MERGED, merged, into_id=root)
        with cast.writing():
            now = clock.now()
            db.session.add(
                HandOver(
                    dialogue_id=cast.dialogue,
                    contribution_id=merged,
                    words="They said canarymerged",
                    by_id=cast.people["lee"],
                    at=now,
                )
            )
            mail.queue(
                address("ben"),
                "Your week",
                "canarymerged idea",
                key="week",
                now=now,
                quotes=(f"contribution:{merged}",),
                without_words="Look at the site.",
            )
            user = db.session.get_one(User, cast.people["ana"])
            departure = leaving.begin(user=user, words_go=True, now=now).id
        with cast.app.app_context():
            job.erase(departure)
        notes = cast.read(lambda: list(db.session.scalars(select(HandOver.words))))
        assert notes == [""]
        assert newest_mail(cast.app, address("ben")).text == "Look at the site."
        events = select(OutboxEvent.fields).where(OutboxEvent.name == "ContributionUnlisted")
        told = cast.read(lambda: list(db.session.scalars(events)))
        assert [fields["contribution_id"] for fields in told].count(merged) == 2  # merged, erased
