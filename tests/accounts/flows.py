"""The six ways in which somebody could ask whether an address has an account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.test import TestResponse

from tests.pages import Browser

Flow = Callable[[Browser, str], TestResponse]  # asks about an address; returns the last answer


def _post(browser: Browser, form: Any, **fields: str) -> TestResponse:
    return browser.client.post(form.action, data={**form.fields, **fields})


def create(browser: Browser, email: str) -> TestResponse:
    form = browser.form("/account/create", holding="display_name")
    return _post(browser, form, email=email, accept_policy="yes", step="create")


def ask_for_code(browser: Browser, email: str) -> TestResponse:
    form = browser.form("/account/sign-in", holding="email")
    return _post(browser, form, email=email, step="code")


def try_password(browser: Browser, email: str) -> TestResponse:
    form = browser.form("/account/sign-in", holding="password")
    return _post(browser, form, email=email, password="not the password of anybody")


def try_code(browser: Browser, email: str) -> TestResponse:
    ask_for_code(browser, email)
    form = browser.form("/account/sign-in/code", holding="code")
    return _post(browser, form, code="000000", step="confirm")


def ask_again(browser: Browser, email: str) -> TestResponse:
    ask_for_code(browser, email)
    form = browser.form("/account/sign-in/code", holding="code")
    return _post(browser, form, step="resend")


def change_address(browser: Browser, email: str) -> TestResponse:
    form = browser.form("/me/account/address", holding="email")
    return _post(browser, form, email=email)


# By name; the last one by somebody who has signed in.
FLOWS: dict[str, Flow] = {
    "create an account": create,
    "ask for a code": ask_for_code,
    "try a password": try_password,
    "try a code": try_code,
    "ask for a new code": ask_again,
    "change the address": change_address,
}
