"""A browser for tests that judges every page it fetches, and signs people in by the real pages."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from dialogue.kernel.db import db
from dialogue.kernel.mail import MailMessage
from dialogue.kernel.security import CONTENT_SECURITY_POLICY
from tests.cast import address
from tests.parts.person import Form, choose, forms

# What a catalogue or template leaves behind when something was not filled in.
UNFILLED = re.compile(
    r"%\([a-z_]+\)[sd]|\{\{|\}\}|\{%|%\}|<LazyString|<function |>\s*None\s*<|=.None\b"
)
CODE = re.compile(r"\b(\d{6})\b")
LINK = re.compile(r"https?://\S+(/account/link/\S+)")


class Browser:
    """One person's browser. Sends only forms that a page offered, with the token found there."""

    def __init__(self, app: Flask, name: str = "") -> None:
        self.app, self.name = app, name
        self.client = app.test_client()
        self.signed_in = False
        if name:
            self.sign_in(address(name))

    def get(self, path: str, status: int = 200, **options: Any) -> TestResponse:
        answer = self.client.get(path, **options)
        self.judge(answer, path, status)
        return answer

    def form(self, path: str, *, holding: str = "", action: str = "") -> Form:
        """The first form of a page with a field of that name, or that goes to that address."""
        return choose(forms(self.get(path).text, path), holding=holding, action=action)

    def send(
        self,
        form: Form,
        status: int = 303,
        *,
        button: tuple[str, str] | None = None,
        headers: dict[str, str] | None = None,
        **fields: str,
    ) -> TestResponse:
        """Send a form with its first button, or the one given; does not follow the answer."""
        pressed = [button] if button else form.buttons[:1]
        named = {name: value for name, value in pressed if name}
        return self.post(form.action, {**form.fields, **named, **fields}, status, headers=headers)

    def post(self, path: str, data: Any, status: int = 303, **options: Any) -> TestResponse:
        answer = self.client.post(path, data=data, **options)
        self.judge(answer, path, status)
        return answer

    def judge(self, answer: TestResponse, path: str, status: int) -> None:
        """Fail the test when an answer is not what every answer of ours has to be."""
        said = f"{answer.request.method} {path}"
        assert answer.status_code == status, (
            f"{said} answered {answer.status_code}, not {status}:\n{heading(answer)}"
        )
        leads_to_account = answer.headers.get("Location", "").startswith("/account/")
        if not self.signed_in and not path.startswith("/account/") and not leads_to_account:
            assert "Set-Cookie" not in answer.headers, f"{said} sets a cookie for a reader"
        problems = problems_of(answer)
        assert not problems, f"{said}: " + "; ".join(problems)

    def sign_in(self, email: str) -> TestResponse:
        """Sign in with a code by mail, through the pages."""
        self.send(
            self.form("/account/sign-in", holding="email"), button=("step", "code"), email=email
        )
        return self.enter_code("/account/sign-in/code", newest_code(self.app, email))

    def enter_code(self, path: str, code: str) -> TestResponse:
        answer = self.send(self.form(path, holding="code"), code=code)
        self.signed_in = True
        return answer

    def follow(self, answer: TestResponse, status: int = 200) -> TestResponse:
        """Open the page that an answer leads to."""
        return self.get(answer.headers["Location"].split("#")[0], status)


def newest_mail(app: Flask, email: str) -> MailMessage:
    with app.app_context():
        found = db.session.scalars(
            select(MailMessage).where(MailMessage.to == email).order_by(MailMessage.id.desc())
        ).first()
        assert found is not None, f"no mail to {email}"
        db.session.expunge(found)
        return found


def newest_code(app: Flask, email: str) -> str:
    found = CODE.search(newest_mail(app, email).text)
    assert found, f"no code in the mail to {email}"
    return found[1]


def newest_link(app: Flask, email: str) -> str:
    found = LINK.search(newest_mail(app, email).text)
    assert found, f"no link in the mail to {email}"
    return found[1]


def problems_of(answer: TestResponse) -> list[str]:
    """What is wrong with an answer, whatever page it is."""
    found = []
    if answer.headers.get("Content-Security-Policy") != CONTENT_SECURITY_POLICY:
        found.append("its content security policy is not ours")
    if answer.headers.get("X-Content-Type-Options") != "nosniff":
        found.append("its type may be guessed")
    if answer.mimetype != "text/html" or 300 <= answer.status_code < 400:
        return found
    html = answer.get_data(as_text=True)
    page = _Page()
    page.feed(html)
    found += page.problems
    if "<!doctype html>" in html[:300].lower():
        if not page.title.strip():
            found.append("it has no title")
        if page.headings != 1:
            found.append(f"it has {page.headings} first-level headings")
    words = re.sub(r"<(textarea|script)\b.*?</\1>", "", html, flags=re.DOTALL)
    left = UNFILLED.search(words)
    if left:
        found.append(f"it shows {left[0]!r}: …{words[max(0, left.start() - 60) : left.end()]}")
    return found


def heading(answer: TestResponse) -> str:
    """The first heading and what follows, for the message of a failed test."""
    text = answer.get_data(as_text=True)
    start = text.find("<h1")
    return text[start : start + 600] if start >= 0 else text[:300]


@dataclass
class _Page(HTMLParser):
    """Counts and judges the elements of a page."""

    title: str = ""
    headings: int = 0
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._ids: set[str] = set()
        self._in_title = False
        self._in_picture = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.headings += tag == "h1"
        self._in_picture = self._in_picture or tag == "svg"
        self._in_title = tag == "title" and not self._in_picture
        if tag == "style" or "style" in given:
            self.problems.append(f"<{tag}> carries a style of its own")
        if tag == "script" and not given.get("src"):
            self.problems.append("a script stands inline")
        handlers = [name for name in given if name.startswith("on")]
        if handlers:
            self.problems.append(f"<{tag}> handles {handlers[0]} inline")
        for name in ("href", "src", "action"):
            scheme = given.get(name, "").strip().lower().partition(":")[0]
            if scheme in {"javascript", "data", "vbscript"}:
                self.problems.append(f"<{tag} {name}> leads to {scheme}:")
        named = given.get("id")
        if named:
            if named in self._ids:
                self.problems.append(f"two elements are called {named}")
            self._ids.add(named)

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        if tag == "svg":
            self._in_picture = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
