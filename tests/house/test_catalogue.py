"""Every string that people read goes through the catalogue, in the words of the product."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
CATALOGUE = ROOT / "dialogue" / "translations" / "messages.pot"

# Words that the interface never uses, since it has other names for these things.
NEVER = ("proposal", "upvote", "downvote", "submission", "user", "users", "content")

_JINJA = re.compile(r"{%-?\s*trans\b.*?endtrans\s*-?%}|{#.*?#}|{%.*?%}|{{.*?}}", re.DOTALL)
_TAG = re.compile(r"<[!/a-z](?:[^<>\"']|\"[^\"]*\"|'[^']*')*>|&[a-z]+;", re.IGNORECASE)
_SPOKEN_ATTRIBUTE = re.compile(
    r"\b(?:alt|title|placeholder|aria-label)=\"([^\"{]*[A-Za-z]{2}[^\"{]*)\""
)


def bare_words(template: str) -> list[str]:
    """Return the words of a template that no gettext call surrounds."""
    left = _TAG.sub(" ", _JINJA.sub("", template))
    # Blocks that are set for later may hold an attribute or an anchor: those are no words.
    return re.findall(
        r"(?<![#A-Za-z])[A-Za-z]{2,}(?![A-Za-z]|=\")", left
    ) + _SPOKEN_ATTRIBUTE.findall(template)


class TestCatalogue:
    def test_holds_every_string_of_code_and_templates(self) -> None:
        done = subprocess.run(
            ["bin/catalogue", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    @pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
    def test_leaves_no_bare_words_in_a_template(self, path: Path) -> None:
        assert bare_words(path.read_text()) == []

    def test_finds_bare_words_where_there_are_some(self) -> None:
        assert bare_words("<p class=\"x\">Hello {{ _('there') }}</p>") == ["Hello"]
        assert bare_words('<img alt="A map">') == ["A map"]

    def test_uses_only_the_words_of_the_product(self) -> None:
        with CATALOGUE.open("rb") as file:
            messages = read_po(file)
        words = re.compile(rf"\b({'|'.join(NEVER)})\b", re.IGNORECASE)
        found = [str(message.id) for message in messages if words.search(str(message.id))]
        assert found == []
