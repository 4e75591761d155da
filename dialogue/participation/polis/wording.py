"""Turns a statement into title and text, and tells which language it is likely in."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from dialogue.kernel.text import clean_source, excerpt

LONGEST_TITLE = 300  # code points; statements up to here stand in the title alone

# The end of a sentence, in scripts with and without spaces after it.
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])|\n")

# Scripts that only one of the languages we are likely to meet is written in.
_LANGUAGES = {
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "CJK": "zh",
    "HANGUL": "ko",
    "ARABIC": "ar",
    "HEBREW": "he",
    "THAI": "th",
    "DEVANAGARI": "hi",
    "CYRILLIC": "ru",
    "GREEK": "el",
}


def wording(statement: str) -> tuple[str, str]:
    """Return title (one line) and source of a statement.

    A statement is its own title. Of a long one the first sentence becomes the title and the rest
    the text; where no sentence ends in time, the title is its beginning and the text all of it.
    """
    text = clean_source(statement).strip()
    line = " ".join(text.split())
    if len(line) <= LONGEST_TITLE:
        return line, ""
    for end in _SENTENCE.finditer(text):
        first = " ".join(text[: end.start()].split())
        if len(first) > LONGEST_TITLE:
            break
        if first:
            return first, text[end.end() :].strip()
    return excerpt(line, LONGEST_TITLE), text


def likely_language(texts: Iterable[str], otherwise: str) -> str:
    """Return the language of most letters, where their script tells it; else `otherwise`."""
    scripts: Counter[str] = Counter()
    for text in texts:
        for character in text:
            if character.isalpha() and not character.isascii():
                scripts[unicodedata.name(character, "").split(" ")[0]] += 1
            elif character.isalpha():
                scripts["LATIN"] += 1
    if not scripts:
        return otherwise
    # Japanese mixes kana into Han; Han characters carry more than Latin letters each.
    if scripts["HIRAGANA"] * 10 > scripts["CJK"] > 0:
        return "ja"
    scripts["CJK"] *= 2
    return _LANGUAGES.get(scripts.most_common(1)[0][0], otherwise)
