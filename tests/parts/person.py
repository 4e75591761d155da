"""A person without a browser: fetches pages of a running site and sends the forms found there."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType
from typing import Self

import httpx


@dataclass
class Form:
    """One form of a page: where it goes, what it holds, the buttons that send it."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Person:
    """Keeps cookies; every POST goes through a form that a page really offered."""

    def __init__(self, url: str, seconds: float = 30) -> None:
        self.client = httpx.Client(base_url=url, timeout=seconds, follow_redirects=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.client.close()

    def sign_in(self, email: str, password: str) -> None:
        form = self.form("/account/sign-in", holding="password")
        answer = self.send(form, email=email, password=password)
        assert answer.status_code == 303, f"signing in answered {answer.status_code}"

    def form(self, path: str, *, holding: str = "", action: str = "") -> Form:
        """The first form of a page with a field of that name, or that goes to that address."""
        answer = self.client.get(path)
        assert answer.status_code == 200, f"{path} answered {answer.status_code}"
        return choose(forms(answer.text, path), holding=holding, action=action)

    def send(
        self, form: Form, button: tuple[str, str] | None = None, **fields: str
    ) -> httpx.Response:
        """Sends the form with its first button, or the one given; does not follow the answer."""
        pressed = [button] if button else form.buttons[:1]
        named = {name: value for name, value in pressed if name}
        return self.client.post(form.action, data={**form.fields, **named, **fields})


def forms(html: str, path: str) -> list[Form]:
    """The POST forms of a page, in order."""
    reader = _Forms(path)
    reader.feed(html)
    return reader.found


def choose(found: list[Form], *, holding: str = "", action: str = "") -> Form:
    for form in found:
        if (not holding or holding in form.fields) and (not action or form.action == action):
            return form
    raise AssertionError(
        f"no form with {holding or action!r} among {[form.action for form in found]}"
    )


class _Forms(HTMLParser):
    def __init__(self, path: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._path = path
        self._form: Form | None = None
        self._text_of = ""
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method", "").lower() == "post":
            self._form = Form(given.get("action") or self._path)
            self.found.append(self._form)
        if self._form is None:
            return
        name = given.get("name", "")
        if tag == "button" and given.get("type", "submit") == "submit":
            self._form.buttons.append((name, given.get("value", "")))
        elif tag == "input" and name:
            self._input(given, name)
        elif tag == "textarea":
            self._form.fields[name] = ""
            self._text_of = name
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            self._form.fields[self._select] = given.get("value", "")
        elif tag == "option" and self._select:
            self._form.fields.setdefault(self._select, given.get("value", ""))

    def _input(self, given: dict[str, str], name: str) -> None:
        assert self._form is not None
        if given.get("type") in {"checkbox", "radio"}:
            if "checked" in given:
                self._form.fields[name] = given.get("value", "on")
        else:
            self._form.fields[name] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._form is not None and self._text_of:
            # A browser drops the line break that directly follows <textarea>.
            first = not self._form.fields[self._text_of]
            self._form.fields[self._text_of] += data.removeprefix("\n") if first else data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea":
            self._text_of = ""
        elif tag == "select":
            self._select = ""
