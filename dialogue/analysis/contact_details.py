"""Finds e-mail addresses and telephone numbers, and blanks out those that are public on purpose."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from dialogue.analysis.spans import DetailKind, Span

# A character that no pattern treats as digit, letter, space or separator.
BLANK = "\x00"


def without_public(text: str, public_numbers: Collection[str]) -> str:
    """`text`, same length, with every public number or mail address blanked out."""
    for public in sorted(public_numbers):
        if "@" in public:
            text = _blank(
                re.compile(rf"(?<![\w.+-]){re.escape(public.strip())}(?![\w-])", re.I), text
            )
            continue
        digits = _significant(_keypad(public))
        if len(digits) < _SHORTEST_PUBLIC:
            continue
        between = r"[\s().\-/_*·]{0,3}"
        body = between.join(map(_spoken_or_written, digits))
        prefix = rf"(?:\+?\(?(?:00)?\d{{0,3}}\)?{between})?(?:\(?0\)?{between})?"
        text = _blank(re.compile(rf"(?<![\d+])\(?{prefix}{body}(?!\d)", re.I), text)
        if any(c.isalpha() for c in public):  # the vanity spelling itself
            letters = [re.escape(c) for c in public if c.isalnum()]
            vanity = between.join(letters)
            text = _blank(re.compile(rf"(?<!\w){vanity}(?!\w)", re.I), text)
    return text


def without_links(text: str) -> str:
    """`text`, same length, with web addresses blanked out: digits in them are not people's numbers.

    Addresses that carry a telephone number on purpose (tel:, wa.me) stay.
    """
    return _blank(_LINK, text)


def emails(text: str) -> Iterator[Span]:
    """Mail addresses, also with spaces around the sign or written out ("name at host dot com")."""
    for at in _AT.finditer(text):
        local = _LOCAL_END.search(text, max(0, at.start() - 64), at.start())
        domain = _DOMAIN.match(text, at.end())
        if local and domain:
            yield Span(local.start(), domain.end(), DetailKind.EMAIL)
    for match in _WRITTEN_OUT.finditer(text):
        yield Span(match.start(), match.end(), DetailKind.EMAIL)


def phones(text: str) -> Iterator[Span]:
    """Telephone numbers: North American, international, national with a leading zero, or
    announced."""
    for match in _CHUNK.finditer(text):
        span = _phone_in(text, match.start(), match.end())
        if span:
            yield span
    for match in _SPOKEN.finditer(text):
        yield Span(match.start(), match.end(), DetailKind.PHONE)


def _phone_in(text: str, start: int, end: int) -> Span | None:
    chunk = text[start:end]
    before = text[max(0, start - 40) : start]
    after = text[end : end + 12]
    announced = bool(_ANNOUNCED.search(before))
    if not announced and (_NOT_A_PHONE_BEFORE.search(before) or _NOT_A_PHONE_AFTER.match(after)):
        return None
    american = _AMERICAN.search(chunk)
    if american:
        extension = _EXTENSION.match(text, start + american.end())
        last = extension.end() if extension else start + american.end()
        return Span(start + american.start(), last, DetailKind.PHONE)
    count = sum(c.isdigit() for c in chunk)
    fits = (
        text[max(0, start - 6) : start].casefold() == "wa.me/"
        or (_INTERNATIONAL.match(chunk) and 8 <= count <= 15)
        or (announced and 7 <= count <= 15 and not _DATE_LIKE.fullmatch(chunk))
        or (_NATIONAL.match(chunk) and 9 <= count <= 12 and not _DATE_LIKE.match(chunk))
        or _PAIRS.fullmatch(chunk)
        or _SPELLED_APART.fullmatch(chunk)
    )
    return Span(start, end, DetailKind.PHONE) if fits else None


def _significant(digits: str) -> str:
    """The digits that every way of writing a number shares: no country or trunk prefix."""
    digits = digits.removeprefix("00").lstrip("0")
    if len(digits) == 11 and digits.startswith("1"):
        digits = digits[1:]
    return digits


def _keypad(number: str) -> str:
    digits = []
    for char in number.casefold():
        if char.isdigit():
            digits.append(str(int(char)))
        elif char in _KEYS:
            digits.append(_KEYS[char])
    return "".join(digits)


def _spoken_or_written(digit: str) -> str:
    """A pattern of one digit: the figure, a letter of its key, or the English word."""
    return rf"(?:{digit}|{_WORDS[int(digit)]})"


def _blank(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda match: BLANK * len(match.group()), text)


_SHORTEST_PUBLIC = 5
_KEYPAD = "abc def ghi jkl mno pqrs tuv wxyz"
_KEYS = {
    letter: str(key)
    for key, letters in zip(range(2, 10), _KEYPAD.split(), strict=True)
    for letter in letters
}
_WORDS = ("zero|oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_DIGIT_WORD = rf"(?:\d|{'|'.join(_WORDS)})"

_LINK = re.compile(r"\b(?:https?://|www\.)(?!wa\.me/|api\.whatsapp|t\.me/)[^\s<>\"]{1,2000}", re.I)

_AT = re.compile(r"[ ]?@[ ]?|[ ]?[\[({<][ ]?(?:at|@|arroba)[ ]?[\])}>][ ]?", re.I)
_LOCAL_END = re.compile(r"(?<![\w.%+'-])[\w%+'-][\w.%+'-]{0,63}\Z|[\w%+'-]{1,64}\Z")
_DOT = r"(?:\.|[ ]?[\[({][ ]?(?:dot|punto|\.)[ ]?[\])}][ ]?|[ ]dot[ ])"
_DOMAIN = re.compile(
    rf"(?:[^\W_](?:[\w-]{{0,61}}[^\W_])?{_DOT}){{1,6}}(?:[^\W\d_]{{2,24}}|xn--[a-z0-9]{{2,59}})\b",
    re.I,
)
_WRITTEN_OUT = re.compile(
    r"(?<![\w.%+-])[\w%+-][\w.%+-]{1,63}[ ](?:at|arroba)[ ][\w-]{2,63}[ ](?:dot|punto)[ ]"
    r"(?:com|org|net|edu|gov|mil|io|co|info|biz|me|us|uk|ca|mx|es|fr|de|eu)\b",
    re.I,
)

_CHUNK = re.compile(
    r"(?<=wa\.me/)\d{8,15}|(?<![\w$€£¥§.,/-])(?:\+|\()?\d(?:[ ().\-/]{0,3}\d){6,19}(?![\w%€°])"
)
_AMERICAN = re.compile(
    r"(?<!\d)(?:(?:\+\d{1,3}|1)[ .\-/]{0,2})?\(?[2-9]\d\d\)?[ .\-/]{0,3}[2-9]\d\d[ .\-]{0,3}\d{4}"
    r"(?![\d]|[ .\-/]\d)"
)
_EXTENSION = re.compile(r"[ ,]{0,2}(?:ext|extension|x)\.?[ ]?\d{1,6}\b", re.I)
_SPELLED_APART = re.compile(r"[2-9][ .-]\d[ .-]\d[ .-][2-9](?:[ .-]\d){6}")
_INTERNATIONAL = re.compile(r"\(?\+|00[1-9]")
_NATIONAL = re.compile(r"\(?0[1-9]\d{0,4}\)?[ ./\-]|0[1-9]\d{8,9}\Z")
_PAIRS = re.compile(r"[6-9]\d\d(?:[ .\-]\d\d){3}|0[1-9](?:[ .\-]?\d\d){4}")
_DATE_LIKE = re.compile(
    r"\d{1,2}[ ./\-]\d{1,2}[ ./\-]\d{2,4}(?:\D.*)?|(?:19|20)\d\d[ ./\-]\d{1,2}[ ./\-]\d.*"
)
_ANNOUNCED = re.compile(
    r"(?:\b(?:call|phone|tel|telephone|text|txt|cell|mobile|mobil|handy|whatsapp|signal|fax|sms|"
    r"reach (?:me|us|her|him|them)|reachable|"
    r"contact (?:me|us|her|him|them)|ring|dial|number is|my number|her number|his number|"
    r"tel[eé]fono|telefon|celular|m[oó]vil|cel|ll[aá]m[ae]\w{0,4}|n[uú]mero es|t[eé]l[eé]phone|"
    r"portable|"
    r"ruf|anruf\w{0,3})\b|电话|電話|手机|手機|전화|тел|телефон|هاتف|फ़ोन|फोन)[^\d\n]{0,18}\Z",
    re.I,
)
_NOT_A_PHONE_BEFORE = re.compile(
    r"(?:\b(?:isbn(?:-?1[03])?|issn|doi|no|nos|nr|case|docket|bill|order|invoice|ref|reference|"
    r"ticket|"
    r"version|build|section|sec|file|grant|award|cfr|rin|u\.?s\.?c|usd|eur|account|receipt|"
    r"tracking|"
    r"id|serial|model|article|part|pub|stat|fed\.?[ ]?reg)\b[.:#]{0,2}|#|"
    r"[§$€£¥])[ ]{0,2}(?:[a-z]{1,3}[ -])?\Z",
    re.I,
)
_NOT_A_PHONE_AFTER = re.compile(
    r"[ ]?(?:%|€|£|\$|(?:usd|eur|dollars?|euros?|people|persons?|workers?|votes?|years?|km|kg|"
    r"tons?|units?)\b)",
    re.I,
)
_SPOKEN = re.compile(rf"\b{_DIGIT_WORD}(?:[ ,.\-]{{1,2}}{_DIGIT_WORD}){{6,14}}\b(?<!\d)", re.I)
