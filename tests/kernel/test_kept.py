"""Parts of pages that are kept say what they would say if they were made anew, to everybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from flask import Flask, g
from jinja2 import DictLoader
from jinja2.runtime import Macro
from markupsafe import Markup

from dialogue.accounts.models import User
from dialogue.kernel.kept import Kept, Part, kept

pytestmark = pytest.mark.sqlite_only


@dataclass(frozen=True)
class Words:
    text: str


def macro(app: Flask, name: str, body: str, **names: object) -> Macro:
    """A macro of a component of its own; its only argument is `words`."""
    app.jinja_env.globals.update(names)
    source = f"{{% macro {name}(words) %}}{body}{{% endmacro %}}"
    environment = app.jinja_env.overlay(loader=DictLoader({"said.html": source}), cache_size=0)
    found = getattr(environment.get_template("said.html").module, name)
    assert isinstance(found, Macro)
    return found


class TestAPart:
    def test_is_another_one_for_every_other_argument(self, app: Flask) -> None:
        say = macro(app, "parts", "{{ words[0].text }}{{ words[1] }}")
        asked = [
            (Words("<b>"), ["x", 1]),
            (Words("<i>"), ["x", 1]),
            (Words("<b>"), ["x", 2]),
            (Words("<b>"), {"x": None}),
        ]
        with app.test_request_context():
            for _twice in range(2):
                assert [kept(say, given) for given in asked] == [say(given) for given in asked]

    def test_is_kept_under_values_alone(self, app: Flask) -> None:
        say = macro(app, "said", "{{ words }}")
        with app.test_request_context():
            assert [kept(say, given) for given in (1, True)] == ["1", "True"]
            with pytest.raises(TypeError, match="User is no value"):
                kept(say, User(email="a@b.example"))  # its words may change under the same key

    def test_never_takes_words_for_markup(self, app: Flask) -> None:
        say = macro(app, "html", "{{ words }}")
        with app.test_request_context():
            assert kept(say, Markup("<b>x</b>")) == "<b>x</b>"
            assert kept(say, "<b>x</b>") == "&lt;b&gt;x&lt;/b&gt;"

    def test_follows_the_zone_and_the_day(self, app: Flask) -> None:
        say = macro(app, "moment", "{{ words|day_time }}")
        moment = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
        with app.test_request_context():
            there = kept(say, moment)
            g.zone = "UTC"
            assert "UTC" in kept(say, moment) != there

    def test_that_says_more_than_its_arguments_is_noticed(self, app: Flask) -> None:
        say = macro(app, "more", "{{ words }}{{ secret() }}", secret=iter(("1", "2")).__next__)
        with app.test_request_context():
            kept(say, "words")
            with pytest.raises(AssertionError, match="more than its arguments"):
                kept(say, "words")

    def test_of_what_may_change_is_refused(self, app: Flask) -> None:
        say = macro(app, "words", "{{ words }}")
        with app.test_request_context(), pytest.raises(TypeError):
            kept(say, {1, 2})

    def test_makes_room_for_others(self) -> None:
        parts = Kept(room=10)
        for number in range(8):
            parts.put(number, Part(Markup("word"), is_personal=False))
            parts.get(0)
        assert parts.get(0) is not None, "what was asked for last stays"
        assert [number for number in range(8) if parts.get(number)] == [0, 7]
