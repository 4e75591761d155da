"""HTML of parts of pages, kept under everything that it says.

Rendering is most of what a page costs, and much of it says the same to everybody: a thread, a row
of a list, the frame. `kept(macro, …)` calls a macro, or answers with what it gave before for equal
arguments in the same language, time zone and on the same day. They must read nothing else, so
nothing has to be told when words change or go: other words are another question. What belongs to
one person and no argument says, the token of forms, is put in afterwards.

While the application is tested, each answer is rendered again and must be the same (decision 46).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from flask import Flask, current_app, g
from flask_babel import get_locale
from jinja2.runtime import Macro
from markupsafe import Markup

from dialogue.kernel import clock, templating
from dialogue.kernel.db import Model

ROOM = 16 * 1024 * 1024  # characters of all parts that a process keeps


@dataclass(frozen=True)
class Part:
    """A rendered part."""

    html: Markup
    is_personal: bool  # holds a form, which wants the token of whoever reads


class Kept:
    """The parts that one process keeps, those asked for last."""

    def __init__(self, room: int = ROOM) -> None:
        self._parts: OrderedDict[Hashable, Part] = OrderedDict()
        self._room, self._size = room, 0
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Part | None:
        """Return the part under this key, as one that was asked for just now."""
        with self._lock:
            found = self._parts.get(key)
            if found is not None:
                self._parts.move_to_end(key)
            return found

    def put(self, key: Hashable, part: Part) -> None:
        """Keep a part; what nobody has asked for longest makes room."""
        with self._lock:
            if key in self._parts:
                return
            self._parts[key] = part
            self._size += len(part.html)
            while self._size > self._room:
                _key, dropped = self._parts.popitem(last=False)
                self._size -= len(dropped.html)


def attach(app: Flask) -> None:
    """Give templates `kept_part`."""
    app.extensions["kept"] = Kept()
    app.jinja_env.globals["kept_part"] = kept


def kept(macro: Macro, *given: Any) -> Markup:
    """Return what `macro(*given)` says, of a macro that was imported without context.

    The arguments are values: words, numbers, moments, frozen dataclasses, and lists, tuples and
    dictionaries of such. Raises TypeError for others.
    """
    parts: Kept = current_app.extensions["kept"]
    here = templating.zone()
    key = (
        macro.name,
        macro._func.__code__.co_filename,
        str(get_locale()),
        here.key,
        clock.now().astimezone(here).date(),
        _value(given),
    )
    part = parts.get(key)
    if part is None:
        part = _rendered(macro, given)
        parts.put(key, part)
    elif current_app.testing and _rendered(macro, given) != part:
        raise AssertionError(f"{macro.name} says more than its arguments")
    if part.is_personal and not g.get("keeps_parts"):
        token = templating.csrf_field()
        return part.html.replace(templating.TOKEN, token)
    return part.html


def _rendered(macro: Macro, given: tuple[Any, ...]) -> Part:
    within = g.get("keeps_parts", False)
    g.keeps_parts = True
    try:
        html: Markup = macro(*given)  # type: ignore[assignment]  # escaping makes it one
    finally:
        g.keeps_parts = within
    return Part(html, templating.TOKEN in html)


def _value(given: Any) -> Hashable:
    """Return arguments as one value that can be compared and looked up."""
    match given:
        case Markup():
            return Markup, given  # equal to the same signs as plain words, and not the same page
        case bool():
            return bool, given  # True is no 1 on a page
        case str() | int() | None:
            return given
        case dict():
            return dict, tuple((name, _value(one)) for name, one in given.items())
        case list() | tuple():
            return tuple(map(_value, given))
    if isinstance(given, Model):  # it stays the same row while its words change
        raise TypeError(f"{type(given).__name__} is no value: a part cannot be kept under it.")
    try:
        hash(given)
    except TypeError:
        if not is_dataclass(given):
            raise
        return type(given), tuple(_value(getattr(given, one.name)) for one in fields(given))
    found: Hashable = given
    return found
