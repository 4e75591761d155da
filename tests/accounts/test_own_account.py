"""A person's own account: address, password, devices; and that what has ended is over."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from dialogue.accounts import devices
from dialogue.accounts.commands import accounts, addresses
from dialogue.accounts.models import AccountSession, AddressChange, Grant, MailCode, Role, User
from dialogue.kernel import clock
from dialogue.kernel.db import db
from dialogue.kernel.mail import MailMessage
from dialogue.participation.models import Contribution, Vote
from tests.accounts.test_signing_in import PASSWORD, copy_of, is_in, set_password
from tests.cast import SLUG, Cast, address
from tests.pages import Browser, newest_code, newest_mail

NEW = "ana.new@people.example"
LINK = re.compile(r"https?://[^/\s]+(/account/address/\S+)")


def link_to(cast: Cast, email: str) -> str:
    found = LINK.search(newest_mail(cast.app, email).text)
    assert found, "no link"
    return found[1]


def is_long_ago(cast: Cast) -> None:
    """The sign-ins were a while ago."""
    with cast.writing():
        db.session.execute(
            update(AccountSession).values(proved_at=clock.now() - timedelta(minutes=16))
        )


def ask(browser: Browser, email: str = NEW, status: int = 303) -> str:
    return browser.send(
        browser.form("/me/account/address", holding="email"), status, email=email
    ).text


def email_of(cast: Cast, who: str = "ana") -> str:
    return cast.read(lambda: db.session.get_one(User, cast.people[who]).email)


class TestAnotherAddress:
    def test_is_confirmed_by_the_code_that_went_there(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        elsewhere = Browser(cast.app, "ana")
        ask(ana)
        assert email_of(cast) == address("ana"), "changed before it was confirmed"
        form = ana.form("/me/account/address/code", holding="code")
        ana.send(form, 422, code="000000")
        ana.send(form, code=newest_code(cast.app, NEW))
        assert email_of(cast) == NEW
        assert NEW in ana.get("/me/account").text
        assert not is_in(elsewhere), "other sessions go on"
        later = Browser(cast.app)
        later.sign_in(NEW)
        later.get("/me")

    def test_is_confirmed_by_the_button_behind_the_link_and_not_by_the_link(
        self, cast: Cast
    ) -> None:
        ask(Browser(cast.app, "ana"))
        link = link_to(cast, NEW)
        reader = Browser(cast.app)
        reader.get(link)
        reader.client.head(link)
        assert email_of(cast) == address("ana")
        reader.send(reader.form(link))
        assert email_of(cast) == NEW
        assert not is_in(reader), "the link alone signs somebody in"
        reader.get(link, 410)

    def test_is_undone_from_the_old_one_whatever_followed(self, cast: Cast) -> None:
        """A thief who knows the password changes the address twice; the owner gets it back."""
        set_password(cast.app, cast.people["ana"])
        thief = Browser(cast.app, "ana")
        links = []
        for email in (NEW, "second@people.example"):
            ask(thief, email)
            form = thief.form("/me/account/address/code", holding="code")
            before = email_of(cast)
            thief.send(form, code=newest_code(cast.app, email))
            links.append(link_to(cast, before))
        owner = Browser(cast.app)
        owner.get(links[0])
        assert email_of(cast) == "second@people.example"
        owner.send(owner.form(links[0]))
        assert email_of(cast) == address("ana")
        assert not is_in(thief)
        assert cast.read(lambda: db.session.get_one(User, cast.people["ana"]).password_hash) is None
        owner.get(links[1], 410)  # this one would lead back to the thief
        owner.get(links[0], 410)

    @pytest.mark.sqlite_only
    def test_can_be_undone_for_three_days(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        ask(ana)
        ana.send(
            ana.form("/me/account/address/code", holding="code"), code=newest_code(cast.app, NEW)
        )
        link = link_to(cast, address("ana"))
        with cast.writing():
            db.session.execute(update(AddressChange).values(undo_until=clock.now()))
        Browser(cast.app).get(link, 410)

    def test_that_has_an_account_looks_the_same_and_changes_nothing(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        pages = []
        for email in (NEW, address("ben").upper()):
            ask(ana, email)
            form = ana.form("/me/account/address/code", holding="code")
            seen = [ana.get("/me/account/address/code").text]
            seen += [
                ana.send(form, 422, code=code).text for code in ("", "123456", "1" * 99, "x") * 2
            ]
            pages.append([re.sub(r'name="(csrf_token|form_key)"[^>]*', "", one) for one in seen])
        assert pages[0] == pages[1]
        assert "has an account already" in newest_mail(cast.app, address("ben").upper()).text
        assert email_of(cast) == address("ana")

    @pytest.mark.sqlite_only
    def test_is_asked_for_with_an_address_and_not_without_end(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        for email in ("", "ana", "a@b@c", "ana@people.example", "x" * 300 + "@people.example"):
            page = ask(ana, email, 422)
            assert 'href="#email"' in page
        for index in range(6):
            ask(ana, f"new{index}@people.example", 303 if index < 5 else 429)

    @pytest.mark.sqlite_only
    def test_of_somebody_else_is_not_confirmed_with_ones_own_session(self, cast: Cast) -> None:
        ana, ben = Browser(cast.app, "ana"), Browser(cast.app, "ben")
        ask(ana)
        with ana.client.session_transaction() as mine:
            taken = mine["address"]
        with ben.client.session_transaction() as other:
            other["address"] = taken
        form = ben.form("/me/account/address/code", holding="code")
        ben.send(form, 422, code=newest_code(cast.app, NEW))
        assert email_of(cast) == address("ana")


class TestThePassword:
    def test_is_set_changed_and_taken_away_and_others_are_signed_out(self, cast: Cast) -> None:
        ana, elsewhere = Browser(cast.app, "ana"), Browser(cast.app, "ana")
        form = ana.form("/me/account/password", holding="password")
        for bad in ("", "short", "x" * 257):
            assert 'href="#password"' in ana.send(form, 422, password=bad).text
        assert is_in(elsewhere)
        ana.send(form, password=PASSWORD)
        assert is_in(ana)
        assert not is_in(elsewhere)
        assert "password" in newest_mail(cast.app, address("ana")).subject
        by_password = Browser(cast.app)
        form = by_password.form("/account/sign-in", holding="password")
        by_password.send(form, email=address("ana"), password=PASSWORD)
        assert is_in(by_password)
        form = ana.form("/me/account/password", holding="password")
        ana.send(form, button=("step", "remove"))
        assert not is_in(by_password)
        later = Browser(cast.app)
        form = later.form("/account/sign-in", holding="password")
        later.send(form, 422, email=address("ana"), password=PASSWORD)

    def test_and_the_address_ask_who_one_is_when_the_sign_in_was_a_while_ago(
        self, cast: Cast
    ) -> None:
        ana = Browser(cast.app, "ana")
        token = ana.form("/me", action="/account/sign-out").fields["csrf_token"]
        is_long_ago(cast)
        thief = copy_of(ana, cast.app)
        for page in ("password", "address"):
            where = ana.get(f"/me/account/{page}", 303).headers["Location"]
            assert where == f"/me/confirm?next=%2Fme%2Faccount%2F{page}"
            ana.post(f"/me/account/{page}", {"csrf_token": token, "password": "y" * 20})
        assert email_of(cast) == address("ana")
        answer = ana.send(ana.form(where), button=("step", "code"))
        form = ana.form(answer.headers["Location"], holding="code")
        ana.send(form, 422, code="000000")
        code = newest_code(cast.app, address("ana"))
        mail = newest_mail(cast.app, address("ana"))
        assert code not in mail.subject
        assert "/account/link/" not in mail.text
        assert ana.send(form, code=code).headers["Location"] == "/me/account/address"
        ana.get("/me/account/address")
        assert not is_in(thief), "the cookie from before goes on"
        ana.send(ana.form("/me/confirm/code", holding="code"), 422, code=code)

    @pytest.mark.sqlite_only
    def test_code_signs_nobody_in(self, cast: Cast) -> None:
        """A code that proves who one is is good for nothing else, and the other way round."""
        ana = Browser(cast.app, "ana")
        is_long_ago(cast)
        ana.send(ana.form("/me/confirm"), button=("step", "code"))
        code = newest_code(cast.app, address("ana"))
        with ana.client.session_transaction() as kept:
            ticket = kept["proof"]
        thief = Browser(cast.app)
        thief.get("/account/sign-in")
        with thief.client.session_transaction() as kept:
            kept["ticket"] = ticket
        form = thief.form("/account/sign-in/code", holding="code")
        thief.send(form, 422, code=code)
        assert not is_in(thief)


class TestTheDevices:
    def test_are_listed_by_kind_and_day_and_signed_out(self, cast: Cast) -> None:
        ana = Browser(cast.app)
        agent = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"
        ana.client.environ_base["HTTP_USER_AGENT"] = agent
        ana.client.environ_base["REMOTE_ADDR"] = "198.51.100.77"
        ana.sign_in(address("ana"))
        others = [Browser(cast.app, "ana"), Browser(cast.app, "ana")]
        ben = Browser(cast.app, "ben")
        page = ana.get("/me/sessions").text
        assert "Firefox on Linux" in page
        for finer in ("133", "198.51", "x86"):
            assert finer not in page.split("<main")[1]
        forms = re.findall(r"/me/sessions/\d+/end", page)
        assert len(forms) == 3
        ana.send(ana.form("/me/sessions", action=forms[1]))
        assert [is_in(one) for one in (ana, *others)] == [True, False, True]
        ana.send(ana.form("/me/sessions", action="/me/sessions/end-others"))
        assert [is_in(one) for one in (ana, *others)] == [True, False, False]
        token = ana.form("/me", action="/account/sign-out").fields["csrf_token"]
        bens = re.findall(r"/me/sessions/\d+/end", ben.get("/me/sessions").text)
        ana.post(bens[0], {"csrf_token": token}, 404)
        assert is_in(ben)

    @pytest.mark.parametrize(
        ("agent", "named"),
        [
            ("Mozilla/5.0 (Windows NT 10.0) Chrome/120 Safari/537 Edg/120", "Edge on Windows"),
            (
                "Mozilla/5.0 (iPhone; like Mac OS X) Safari/604",
                "Safari on iPhone",
            ),
            ("Mozilla/5.0 (Linux; Android 14) Chrome/120 Mobile Safari/537", "Chrome on Android"),
            ("curl/8", "A browser"),
            ("\x00" * 5000, "A browser"),
        ],
    )
    @pytest.mark.sqlite_only
    def test_have_coarse_names(self, cast: Cast, agent: str, named: str) -> None:
        with cast.app.test_request_context():
            assert devices.said(devices.named(agent)) == named

    @pytest.mark.sqlite_only
    def test_know_the_day_of_their_last_use_and_nothing_finer(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")

        def seen() -> datetime:
            return cast.read(lambda: db.session.scalars(select(AccountSession.seen_at)).one())

        before = seen()
        ana.get("/me")
        assert seen() == before
        with cast.writing():
            yesterday = clock.now() - timedelta(days=1)
            db.session.execute(update(AccountSession).values(seen_at=yesterday))
        ana.get("/me")
        assert seen() > yesterday


WAYS = (
    "signed out",
    "device signed out",
    "other devices signed out",
    "password changed",
    "password taken away",
    "address changed",
    "address put back",
    "role given",
    "role ended",
    "account closed",
    "too old",
)


def end(cast: Cast, way: str, owner: Browser) -> None:
    """Let the session that was copied end in one of the ways in which sessions end."""
    user_id = cast.people["ana"]
    now = clock.now()

    def user() -> User:
        return db.session.get_one(User, user_id)

    if way == "signed out":
        return  # the copied browser itself has signed out, see the test
    if way in ("device signed out", "other devices signed out"):
        page = owner.get("/me/sessions").text
        first = re.findall(r"/me/sessions/\d+/end", page)[1]
        path = first if way.startswith("device") else "/me/sessions/end-others"
        owner.send(owner.form("/me/sessions", action=path))
        return
    acts: dict[str, Callable[[], object]] = {
        "password changed": lambda: accounts.change_password(
            user=user(), password=PASSWORD, now=now
        ),
        "password taken away": lambda: accounts.change_password(
            user=user(), password=None, now=now
        ),
        "role given": lambda: accounts.give_role(
            user=user(), role=Role.EXPERT, dialogue_id=None, actor_id=None, now=now
        ),
        "account closed": lambda: setattr(user(), "disabled_at", now),
        "too old": lambda: db.session.execute(update(AccountSession).values(expires_at=now)),
    }
    with cast.writing():
        if way in acts:
            acts[way]()
        elif way == "role ended":
            held = select(Grant.id).where(Grant.user_id == user_id)
            accounts.end_role(grant_id=db.session.scalars(held).one(), actor_id=1, now=now)
        else:
            asked = addresses.ask(user=user(), email=NEW, network="", now=now)
            addresses.finish(change_id=asked.change_id, now=now)
            if way == "address put back":
                addresses.undo(change_id=asked.change_id, now=now)


@pytest.mark.sqlite_only
class TestASessionThatHasEnded:
    @pytest.mark.parametrize("way", WAYS)
    def test_cannot_do_anything(self, cast: Cast, way: str) -> None:
        if way == "role ended":
            with cast.writing():
                accounts.give_role(
                    user=db.session.get_one(User, cast.people["ana"]),
                    role=Role.EXPERT,
                    dialogue_id=None,
                    actor_id=None,
                    now=clock.now(),
                )
        ana, owner = Browser(cast.app, "ana"), Browser(cast.app, "ana")
        form = ana.form("/me", action="/account/sign-out")
        token = form.fields["csrf_token"]
        thief = copy_of(ana, cast.app)
        assert is_in(thief)
        if way == "signed out":
            ana.send(form)
        end(cast, way, owner)
        before = state(cast)
        idea = {"title": "From a dead session", "body": "", "topic": "none", "step": "post"}
        for path, data in (
            (f"/d/{SLUG}/ideas/{cast.waiting}/edit", idea),
            (f"/d/{SLUG}/ideas/{cast.waiting}/withdraw", {}),
            (f"/me/name/{SLUG}", {"display_name": "Somebody"}),
            ("/me/account/password", {"password": "of somebody else"}),
            ("/me/account/address", {"email": "thief@people.example"}),
            ("/me/sessions/end-others", {}),
        ):
            answer = thief.client.post(path, data={**data, "csrf_token": token})
            where = answer.headers.get("Location", "")
            assert answer.status_code == 403 or where.startswith("/account/sign-in"), path
        for path in ("/me", "/me/name", "/me/sessions", "/me/account"):
            where = thief.client.get(path).headers["Location"]
            assert where.startswith("/account/sign-in"), path
        for path, data in (
            (f"/d/{SLUG}/ideas/new", idea),
            (f"/d/{SLUG}/ideas/{cast.idea}/vote", {"choice": "disagree"}),
        ):  # as from anybody: kept until somebody signs in
            answer = thief.client.post(path, data={**data, "csrf_token": token})
            assert answer.headers["Location"].startswith("/account/create")
        assert state(cast) == before


def state(cast: Cast) -> object:
    """What the dead session must not change."""

    def read() -> object:
        user = db.session.get_one(User, cast.people["ana"])
        votes = [tuple(row) for row in db.session.execute(select(Vote.choice, Vote.idea_id))]
        ideas = db.session.execute(select(Contribution.id, Contribution.version)).all()
        return (
            user.email,
            user.password_hash,
            sorted(votes),
            sorted(map(tuple, ideas)),
            db.session.scalar(select(func.count(MailMessage.id))),
            db.session.scalar(select(func.count(MailCode.id))),
            db.session.scalar(
                select(func.count(AccountSession.id)).where(AccountSession.revoked_at.is_(None))
            ),
        )

    return cast.read(read)
