"""Limits that rise with trust, the field that no person sees, and hints that decide nothing."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select, update

from dialogue.accounts import hints
from dialogue.accounts.commands import accounts
from dialogue.accounts.models import AccountHint, Hint, User
from dialogue.jobs import housekeeping
from dialogue.kernel import clock
from dialogue.kernel.db import db
from dialogue.moderation import looking, wording
from dialogue.participation import trust
from dialogue.participation.models import Choice, Contribution
from tests.cast import SLUG, Cast, address, newest_wording
from tests.pages import Browser, newest_code

NEW_IDEA = f"/d/{SLUG}/ideas/new"


def age(cast: Cast, who: str, days: int) -> None:
    with cast.writing():
        created = clock.now() - timedelta(days=days)
        db.session.execute(
            update(User).where(User.id == cast.people[who]).values(created_at=created)
        )


def post(browser: Browser, title: str, status: int = 303, **fields: str) -> str:
    form = browser.form(NEW_IDEA, holding="title")
    sent = {"title": title, "body": "Words that stay.", "topic": "none", **fields}
    return browser.send(form, status, button=("step", "post"), **sent).text


def newest(cast: Cast) -> Contribution:
    def found() -> int:
        return db.session.scalars(
            select(Contribution.id).order_by(Contribution.id.desc()).limit(1)
        ).one()

    return cast.contribution(cast.read(found))


def hints_of(cast: Cast, user_id: int) -> list[Hint]:
    return cast.read(lambda: hints.of(user_id))


@pytest.mark.sqlite_only
class TestTrust:
    @pytest.mark.parametrize(
        ("days", "published", "share"),
        [(0, 0, 0.25), (0, 2, 0.55), (3, 0, 0.40), (3, 3, 0.85), (15, 0, 1.0), (0, 9, 1.0)],
    )
    def test_rises_with_age_and_with_what_was_published(
        self, cast: Cast, days: int, published: int, share: float
    ) -> None:
        with cast.app.app_context():
            found = trust.share(age=timedelta(days=days), published=published)
        assert found == pytest.approx(share)

    def test_lets_a_newcomer_post_five_a_day_and_says_so_before_the_sixth(self, cast: Cast) -> None:
        age(cast, "ben", 0)
        author = cast.participant("ana")
        with cast.writing():  # nothing of his was published yet
            db.session.execute(update(Contribution).values(participant_id=author))
        ben = Browser(cast.app, "ben")
        for index in range(5):
            assert "You have posted" not in ben.get(NEW_IDEA).text
            post(ben, f"Idea {index}")
        page = ben.get(NEW_IDEA).text
        assert "You have posted 5 ideas today. You can post again tomorrow." in page
        assert "rises with the age" in page
        form = ben.form(NEW_IDEA, holding="title")
        answer = ben.send(
            form, 429, button=("step", "post"), title="One more", body="Long words", topic="none"
        )
        assert "Long words" in answer.text or "kept as a draft" in answer.text
        assert 0 < int(answer.headers["Retry-After"]) <= 24 * 3600
        age(cast, "ben", 30)
        post(ben, "Trusted now")

    def test_limits_new_votes_and_lets_people_change_them(self, cast: Cast) -> None:
        cast.app.config["VOTES_PER_HOUR"] = 2
        more = []
        for index in range(3):
            more.append(cast.post_idea(f"Idea {index}", by="ola"))
            cast.approve(more[-1])
        ben = Browser(cast.app, "ben")
        token = ben.form("/me", action="/account/sign-out").fields["csrf_token"]
        for idea, status in ((more[0], 303), (more[1], 303), (more[2], 429), (more[0], 303)):
            path = f"/d/{SLUG}/ideas/{idea}/vote"
            answer = ben.post(path, {"choice": Choice.DISAGREE, "csrf_token": token}, status)
            if status == 429:
                assert "voted on 2 ideas" in answer.text
                assert int(answer.headers["Retry-After"]) > 0

    def test_of_searches_is_kept_by_network_and_not_fooled_by_headers(self, cast: Cast) -> None:
        cast.app.config["SEARCHES_PER_MINUTE"] = 2
        reader = Browser(cast.app)
        seen = []
        for index in range(6):
            answer = reader.client.get(
                "/search?q=visa", headers={"X-Forwarded-For": f"9.9.{index}.9"}
            )
            seen.append(answer.status_code)
        assert seen[0] == 200
        assert 429 in seen
        answer = reader.client.get("/search?q=visa")
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) > 0
        reader.get("/search")


@pytest.mark.sqlite_only
class TestTheTrap:
    def test_is_seen_and_reached_by_nobody(self, cast: Cast) -> None:
        page = Browser(cast.app).get("/account/create").text
        field = page.split('name="remark"')[0].rsplit("<div", 1)[1]
        assert 'class="trap" aria-hidden="true"' in field
        after = page.split('name="remark"')[1].split(">")[0]
        assert 'tabindex="-1"' in after
        assert 'autocomplete="off"' in after
        assert "Leave this empty" in field

    def test_refuses_nobody_and_has_what_is_sent_wait_where_it_would_be_public(
        self, cast: Cast
    ) -> None:
        cast.change(moderation="after")
        ben = Browser(cast.app, "ben")
        post(ben, "Honest and quick")
        assert newest(cast).listed, "a quick form alone is held"
        post(ben, "Filled in by a robot", remark="http://spam.example")
        trapped = newest(cast)
        assert not trapped.listed
        post(ben, "The next one")
        assert not newest(cast).listed
        assert hints_of(cast, cast.people["ben"]) == [Hint.TRAP]

        def flags() -> list[str]:
            looked = looking.look(newest_wording(trapped.id).id)
            assert looked is not None
            return wording.flags(looked.findings)

        with cast.app.test_request_context():
            assert "Sent by a robot?" in flags()

    def test_on_the_form_of_a_new_account_answers_as_always(self, cast: Cast) -> None:
        for trap in ("", "http://spam.example"):
            browser, email = Browser(cast.app), f"new{len(trap)}@people.example"
            form = browser.form("/account/create", holding="display_name")
            answer = browser.send(form, email=email, accept_policy="yes", remark=trap)
            assert answer.headers["Location"] == "/account/confirm"
            browser.enter_code("/account/confirm", newest_code(cast.app, email))
            browser.get("/me")
            user = cast.read(partial(accounts.by_email, email))
            assert user is not None
            assert hints_of(cast, user.id) == ([Hint.TRAP] if trap else [])

    def test_of_somebody_elses_account_cannot_be_filled_in(self, cast: Cast) -> None:
        """Who knows an address must not bring its owner into doubt."""
        browser = Browser(cast.app)
        form = browser.form("/account/create", holding="display_name")
        browser.send(form, email=address("ben"), accept_policy="yes", remark="x")
        assert hints_of(cast, cast.people["ben"]) == []


@pytest.mark.sqlite_only
class TestHints:
    def begin(self, cast: Cast, email: str, network: str) -> int:
        with cast.app.test_request_context(), cast.writing():
            return accounts.begin(
                email=email,
                display_name=f"Person {email}".replace("@", " at "),
                network=network,
                now=clock.now(),
            ).id

    def test_find_the_many_accounts_of_one_and_leave_others_alone(self, cast: Cast) -> None:
        """The drill of the promises: nine of ten found, at most one of fifty in doubt."""
        cast.app.config["ACCOUNTS_PER_HOUR"] = 1000
        many = [
            self.begin(cast, email, "203.0.113.0/24")
            for index in range(40)
            for email in (f"sock+{index}@mail.example", f"sock{index}@mailinator.com")
        ]
        organic = [
            self.begin(cast, f"person{index}@host{index % 9}.example", f"198.51.{index}.0/24")
            for index in range(100)
        ]
        found = [bool(hints_of(cast, user_id)) for user_id in many]
        assert sum(found) >= 0.9 * len(many)
        doubted = [bool(hints_of(cast, user_id)) for user_id in organic]
        assert sum(doubted) <= 0.02 * len(organic)
        disabled = select(User.id).where(User.disabled_at.is_not(None))
        assert cast.read(lambda: db.session.scalars(disabled).all()) == [], "somebody was shut out"

    def test_and_the_account_that_nobody_confirmed_are_forgotten_after_a_week(
        self, cast: Cast
    ) -> None:
        begun = self.begin(cast, "sock+1@mailinator.com", "203.0.113.0/24")
        assert hints_of(cast, begun)
        people = select(User.id).order_by(User.id)
        before = set(cast.read(lambda: db.session.scalars(people).all()))
        with cast.app.app_context():
            housekeeping.forget(clock.now() + timedelta(seconds=1))
        assert before - set(cast.read(lambda: db.session.scalars(people).all())) == {begun}

    def test_are_forgotten_after_a_month(self, cast: Cast) -> None:
        now = clock.now()
        with cast.writing():
            hints.note(cast.people["ana"], Hint.TRAP, now=now - timedelta(days=31))
            hints.note(cast.people["ben"], Hint.TRAP, now=now - timedelta(days=29))
            hints.note(cast.people["ben"], Hint.TRAP, now=now - timedelta(days=28))
        with cast.app.app_context():
            housekeeping.forget(now - timedelta(days=7))
        left = cast.read(lambda: db.session.scalars(select(AccountHint.user_id)).all())
        assert left == [cast.people["ben"]]
