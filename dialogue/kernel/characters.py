"""The characters of a text: which are kept, how texts are compared, where they are cut.

Hidden characters can turn a reader's eye, carry text that nobody sees, or make two names look the
same. They go before anything is stored; what languages and emoji need stays.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from flask_babel import lazy_gettext as _l

from dialogue.kernel.errors import DomainError


class BadText(DomainError):
    """Text that cannot be accepted as it is; the sentence says what to change."""

    status = 422


_NEWLINES = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_SURROGATES = re.compile("[\ud800-\udfff]")
# Controls, zero-width and bidirectional characters, noncharacters, tags, variation selectors:
# what may turn a reader's eye or carry hidden text. The two joiners and the tags have uses.
_SUSPECT = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufdd0-\ufdef\ufeff\ufff0-\ufffb\ufffe\uffff"
    "\U000e0000-\U000e0fff"
    + "".join(
        f"{chr(plane | 0xFFFE)}{chr(plane | 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000)
    )
    + "]"
)
_ZWNJ, _ZWJ = "\u200c", "\u200d"
_BLACK_FLAG = "\U0001f3f4"
# Scripts in which a joiner changes the letters themselves (Arabic, Indic, Mongolian, …).
_JOINING = re.compile(
    "[\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u18af\u1900-\u1aaf\ua800-\ua8ff\uaa60-\uaa7f"
    "\ufb50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc\U00010a00-\U00010aff\U00011000-\U00011fff]"
)


def clean_source(source: str) -> str:
    """Return text as it is stored: NFC, line feeds only, no hidden characters.

    Emoji sequences and the joiners that Arabic and Indic scripts need stay. Cleaning twice gives
    the same. Raises BadText for a NUL byte or half a character (lone surrogate).
    """
    if "\x00" in source or _SURROGATES.search(source):
        raise BadText(
            _l("This text holds characters that cannot be stored. Paste it again as plain text.")
        )
    text = unicodedata.normalize("NFC", _NEWLINES.sub("\n", source))
    if _SUSPECT.search(text):
        text = unicodedata.normalize("NFC", "".join(_kept(text)))
    return text


def _kept(text: str) -> Iterator[str]:
    before = ""  # the last character that stayed
    flag = False  # inside an emoji flag that is spelled with tags
    for index, character in enumerate(text):
        if not _SUSPECT.match(character):
            flag = character == _BLACK_FLAG
        elif character in (_ZWNJ, _ZWJ):
            after = text[index + 1 : index + 2]
            if not _joins(before, character, after):
                continue
        elif "\U000e0020" <= character <= "\U000e007f":
            if not flag:
                continue
        elif "\u180b" <= character <= "\u180d" or "\U000e0100" <= character <= "\U000e01ef":
            if not before or not unicodedata.category(before).startswith("L"):
                continue
        else:
            continue
        before = character
        yield character


def _joins(before: str, joiner: str, after: str) -> bool:
    if not before or not after or before in (_ZWNJ, _ZWJ):
        return False
    if _JOINING.match(before):
        return not after.isspace() and not _SUSPECT.match(after)
    return (
        joiner == _ZWJ
        and unicodedata.category(after) == "So"
        and (
            before == "\ufe0f"
            or "\U0001f3fb" <= before <= "\U0001f3ff"
            or unicodedata.category(before) == "So"
        )
    )


def _clings(character: str) -> bool:
    return (
        unicodedata.combining(character) != 0
        or unicodedata.category(character) in {"Mn", "Mc", "Me", "Cf"}
        or "\U0001f3fb" <= character <= "\U0001f3ff"
    )


# Accents of Latin, Greek and Cyrillic, Hebrew points, Arabic vowel signs and the stretched line:
# writers leave them out. Vowel signs of Indic scripts and of kana make other words and stay.
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670]"
)
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)


def fold(text: str) -> str:
    """Return text as it is compared: compatibility forms, case and accents taken away.

    Both databases, names and search use it, so that all of them call the same things equal.
    """
    if text.isascii():  # most of it is, and the long way leads to the same
        return text.lower()
    for _ in range(2):  # a second pass settles what the first brought to light
        text = unicodedata.normalize("NFKC", text).casefold()
        text = _ACCENTS.sub("", unicodedata.normalize("NFKD", text)).translate(_LETTERS)
    text = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return unicodedata.normalize("NFC", text)


def excerpt(plain: str, length: int) -> str:
    """Return at most `length` code points of plain text on one line, cut between words."""
    line = " ".join(plain.split())
    if len(line) <= length:
        return line
    cut = length - 1  # room for the ellipsis
    space = line.rfind(" ", 0, cut + 1)
    if space > length // 2:
        cut = space
    while cut > 0 and _clings(line[cut]):  # never between a letter and its marks
        cut -= 1
    return line[:cut].rstrip() + "…"


def count(source: str) -> int:
    """Return the length that limits are about: code points."""
    return len(source)
