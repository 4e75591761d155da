"""Creating an account: a name, a code by mail, a link whose page has a button."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from dialogue.accounts.models import MailCode, User
from dialogue.kernel import clock
from dialogue.kernel.db import db, transaction
from tests.pages import Browser, newest_code, newest_link, newest_mail

WHO = "dana@people.example"


def begin(browser: Browser, email: str = WHO, status: int = 303, **fields: str) -> str:
    """Send the form of a new account; returns the page that shows (or the way to it)."""
    answer = browser.send(
        browser.form("/account/create", holding="display_name"),
        status,
        **{"email": email, "display_name": "Dana", "accept_policy": "yes", **fields},
    )
    return answer.text if status != 303 else answer.headers["Location"]


def is_confirmed(app: Flask, email: str = WHO) -> bool:
    with app.app_context():
        return db.session.scalar(select(User.confirmed_at).where(User.email == email)) is not None


def age_codes(app: Flask, by: timedelta) -> None:
    with app.app_context(), transaction():
        db.session.execute(
            update(MailCode).values(expires_at=clock.now() + timedelta(minutes=10) - by)
        )


def another(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


class TestCreating:
    def test_confirms_with_the_code_and_signs_in(self, app: Flask) -> None:
        browser = Browser(app)
        assert begin(browser) == "/account/confirm"
        assert not is_confirmed(app)
        answer = browser.enter_code("/account/confirm", newest_code(app, WHO))
        assert answer.headers["Location"] == "/me"
        assert "Dana" in browser.get("/me").text
        assert is_confirmed(app)

    def test_takes_a_code_with_spaces(self, app: Flask) -> None:
        browser = Browser(app)
        begin(browser)
        code = newest_code(app, WHO)
        browser.enter_code("/account/confirm", f" {code[:3]} {code[3:]}")
        browser.get("/me")

    def test_shows_all_that_is_missing_and_keeps_what_was_typed(self, app: Flask) -> None:
        browser = Browser(app)
        page = begin(browser, "dana", 422, accept_policy="", display_name="D")
        for name in ("email", "display_name", "accept_policy"):
            assert f'id="{name}-error"' in page or f'"#{name}"' in page, name
        assert 'value="dana"' in page
        with app.app_context():
            assert db.session.scalar(select(func.count(User.id))) == 0

    def test_suggests_another_name_without_sending_anything(self, app: Flask) -> None:
        browser = Browser(app)
        form = browser.form("/account/create", holding="display_name")
        page = browser.send(form, 200, button=("step", "name"), email=WHO).text
        assert WHO in page
        with app.app_context():
            assert db.session.scalar(select(func.count(User.id))) == 0

    def test_wants_no_password_and_takes_a_long_one(self, app: Flask) -> None:
        browser = Browser(app)
        begin(browser)
        form = browser.form("/account/confirm", holding="code")
        code = newest_code(app, WHO)
        page = browser.send(form, 422, code=code, password="short").text
        assert "12" in page
        assert not is_confirmed(app), "the code is used up although the password was refused"
        browser.send(browser.form("/account/confirm", holding="code"), code=code, password="a" * 12)
        later = Browser(app)
        later.send(later.form("/account/sign-in", holding="password"), email=WHO, password="a" * 12)
        later.signed_in = True
        later.get("/me")


class TestTheLink:
    def test_opens_a_page_with_a_button_and_changes_nothing_until_it_is_pressed(
        self, app: Flask
    ) -> None:
        begin(Browser(app))
        link = newest_link(app, WHO)
        scanner = Browser(app)
        for _ in range(3):
            scanner.get(link)
            scanner.client.head(link)
        assert not is_confirmed(app)
        reader = Browser(app)
        reader.send(reader.form(link))
        reader.signed_in = True
        reader.get("/me")
        assert is_confirmed(app)

    def test_is_dead_after_use_and_after_ten_minutes(self, app: Flask) -> None:
        first = Browser(app)
        begin(first)
        link = newest_link(app, WHO)
        reader = Browser(app)
        form = reader.form(link)
        reader.send(form)
        Browser(app).get(link, 410)
        late = Browser(app)
        late.send(
            late.form("/account/sign-in", holding="email"), button=("step", "code"), email=WHO
        )
        link = newest_link(app, WHO)
        age_codes(app, timedelta(minutes=10))
        Browser(app).get(link, 410)

    def test_is_unknown_to_everybody_who_guesses(self, app: Flask) -> None:
        for token in ("x", "%00", "%ff", "a" * 3000, "..%2f..%2fetc"):
            Browser(app).client.get(f"/account/link/{token}")
            answer = Browser(app).client.get(f"/account/link/{token}")
            assert answer.status_code in {404, 410}, token


@pytest.mark.sqlite_only
class TestTheCode:
    def test_may_be_tried_five_times(self, app: Flask) -> None:
        browser = Browser(app)
        begin(browser)
        code = newest_code(app, WHO)
        for _ in range(5):
            form = browser.form("/account/confirm", holding="code")
            assert "not the code" in browser.send(form, 422, code=another(code)).text
        form = browser.form("/account/confirm", holding="code")
        assert "Too many tries" in browser.send(form, 422, code=code).text
        assert not is_confirmed(app)

    def test_is_too_old_after_ten_minutes(self, app: Flask) -> None:
        browser = Browser(app)
        begin(browser)
        age_codes(app, timedelta(minutes=10))
        form = browser.form("/account/confirm", holding="code")
        assert "too old" in browser.send(form, 422, code=newest_code(app, WHO)).text

    def test_works_in_the_browser_that_asked_and_in_no_other(self, app: Flask) -> None:
        begin(Browser(app))
        thief = Browser(app)
        begin(thief, "thief@people.example", display_name="Thief")
        form = thief.form("/account/confirm", holding="code")
        thief.send(form, 422, code=newest_code(app, WHO), email=WHO)
        assert not is_confirmed(app)

    def test_is_replaced_by_a_new_one(self, app: Flask) -> None:
        browser = Browser(app)
        begin(browser)
        first = newest_code(app, WHO)
        form = browser.form("/account/confirm", holding="code")
        browser.send(form, button=("step", "resend"))
        second = newest_code(app, WHO)
        if first != second:
            browser.send(browser.form("/account/confirm", holding="code"), 422, code=first)
        browser.enter_code("/account/confirm", second)
        browser.get("/me")

    def test_cannot_be_sent_again_without_having_been_asked_for(self, app: Flask) -> None:
        browser = Browser(app)
        form = browser.form("/account/confirm", holding="code")
        answer = browser.send(form, button=("step", "resend"), email=WHO)
        assert answer.headers["Location"].startswith("/account/sign-in")

    def test_is_used_once(self, app: Flask) -> None:
        browser = Browser(app)
        begin(browser)
        code = newest_code(app, WHO)
        form = browser.form("/account/confirm", holding="code")
        stale = browser.client.get_cookie("dialogue")
        browser.send(form, code=code)
        again = Browser(app)
        assert stale is not None
        again.client.set_cookie("dialogue", stale.value)
        again.post("/account/confirm", {**form.fields, "code": code}, 422)

    def test_comes_before_any_link_in_a_mail_that_holds_no_words_of_anybody(
        self, app: Flask
    ) -> None:
        begin(Browser(app))
        mail = newest_mail(app, WHO)
        code = newest_code(app, WHO)
        assert mail.text.index(code) < mail.text.index("http")
        assert "Dana" not in mail.text + mail.subject


@pytest.mark.sqlite_only
class TestTheAnswer:
    def test_is_the_same_for_a_known_and_an_unknown_address(self, app: Flask) -> None:
        known = Browser(app)
        begin(known)
        known.enter_code("/account/confirm", newest_code(app, WHO))
        pages = []
        for email, name in ((WHO, "Robin"), ("nobody@people.example", "Merle")):
            browser = Browser(app)
            where = begin(browser, email, display_name=name)
            page = browser.get(where).text
            pages.append((where, without_secrets(page, email)))
            browser = Browser(app)
            answer = browser.send(
                browser.form("/account/sign-in", holding="email"),
                button=("step", "code"),
                email=email.replace("nobody", "nobody2"),
            )
            page = browser.follow(answer).text
            pages.append(
                (
                    answer.headers["Location"],
                    without_secrets(page, email.replace("nobody", "nobody2")),
                )
            )
        assert pages[:2] == pages[2:]
        assert "no account" in newest_mail(app, "nobody2@people.example").text

    def test_does_not_tell_whose_a_display_name_is(self, app: Flask) -> None:
        """Else a pseudonym on a page could be matched with addresses, one guess at a time."""
        known = Browser(app)
        begin(known)
        known.enter_code("/account/confirm", newest_code(app, WHO))
        page = begin(Browser(app), WHO, 422, display_name="Dana")
        assert "taken" in page

    def test_is_the_same_for_a_wrong_password_and_an_unknown_address(self, app: Flask) -> None:
        known = Browser(app)
        begin(known)
        known.enter_code("/account/confirm", newest_code(app, WHO))
        pages = []
        for email in (WHO, "nobody@people.example"):
            browser = Browser(app)
            form = browser.form("/account/sign-in", holding="password")
            page = browser.send(form, 422, email=email, password="wrong password").text
            pages.append(without_secrets(page, email))
        assert pages[0] == pages[1]


def without_secrets(page: str, email: str) -> str:
    """A page without what differs each time it is shown."""
    lines = page.replace(email, "…").splitlines()
    return "\n".join(line for line in lines if "csrf_token" not in line and "form_key" not in line)
