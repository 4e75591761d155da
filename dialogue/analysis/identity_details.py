"""Finds what ties a text to one person: cards, documents, birth dates and announced names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dialogue.analysis.spans import DetailKind, Span


def cards(text: str) -> Iterator[Span]:
    """Payment cards: 13 to 19 digits of a known issuer's range whose Luhn sum is right."""
    for match in _CARD.finditer(text):
        digits = _digits(match.group())
        if 13 <= len(digits) <= 19 and _luhn(digits):
            yield Span(match.start(), match.end(), DetailKind.CARD)


def social_security_numbers(text: str) -> Iterator[Span]:
    """Social security (and taxpayer) numbers: 3-2-4 digits, or nine digits after words that name
    them."""
    for match in _SSN.finditer(text):
        area, group, serial = match.group(1), match.group(2), match.group(3)
        if area not in {"000", "666"} and group != "00" and serial != "0000":
            yield Span(match.start(), match.end(), DetailKind.SSN)
    for match in _SSN_ANNOUNCED.finditer(text):
        yield Span(match.start(1), match.end(1), DetailKind.SSN)


def identity_numbers(text: str) -> Iterator[Span]:
    """Passport, alien registration, immigration receipt, licence, plate, account and tax numbers.

    Either the form itself is unmistakable (check digits, fixed letters) or a word announces it.
    """
    for pattern in _DOCUMENT_FORMS:
        for match in pattern.finditer(text):
            yield Span(match.start(), match.end(), DetailKind.ID_NUMBER)
    for match in _SPANISH_ID.finditer(text):
        number = match.group(1).upper().translate(_NIE)
        if _SPANISH_LETTERS[int(number) % 23] == match.group(2).upper():
            yield Span(match.start(), match.end(), DetailKind.ID_NUMBER)
    for match in _IBAN.finditer(text):
        if _iban(re.sub(r"\W", "", match.group())):
            yield Span(match.start(), match.end(), DetailKind.ID_NUMBER)
    for match in _DOCUMENT_ANNOUNCED.finditer(text):
        number = match.group(1)
        if sum(c.isdigit() for c in number) >= 4 and not _YEAR_ALONE.fullmatch(number):
            yield Span(match.start(1), match.end(1), DetailKind.ID_NUMBER)


def birth_dates(text: str) -> Iterator[Span]:
    """A full date, or day and month, after words of birth. Dates alone are never reported."""
    for match in _BIRTH.finditer(text):
        yield Span(match.start(1), match.end(1), DetailKind.BIRTH_DATE)


def names(text: str) -> Iterator[Span]:
    """Names that the text itself announces: "my name is …", "my supervisor Ana Ruiz", a
    signature."""
    for pattern in _NAME_ANNOUNCED:
        for match in pattern.finditer(text):
            if match.group(1).split()[0] not in _NOT_A_NAME:
                yield Span(match.start(1), match.end(1), DetailKind.NAME)


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _iban(number: str) -> bool:
    """ISO 13616: moved to the end and read with A = 10 … Z = 35, the rest modulo 97 is one."""
    if not 15 <= len(number) <= 34:
        return False
    turned = number[4:] + number[:4]
    return int("".join(str(int(c, 36)) for c in turned)) % 97 == 1


_CARD = re.compile(
    r"(?<![\w.,$#-])(?:[345]\d{3}|2[2-7]\d\d|6\d{3})(?:[ \-]?\d){9,15}(?![\w]|[.,]\d)"
)
_SSN = re.compile(r"(?<![\w.,$/-])(\d{3})[ .\-](\d\d)[ .\-](\d{4})(?![\w/]|[-.,]\d)")
_SSN_ANNOUNCED = re.compile(
    r"\b(?:ssn|itin|social(?: security)?(?: (?:number|no|num|#))?|seguro social)\b[^\d\n]{0,20}"
    r"(\d{3}[ .\-]{0,2}\d\d[ .\-]{0,2}\d{4})(?!\d)",
    re.I,
)

_DOCUMENT_FORMS = (
    # alien registration number
    re.compile(r"(?<!\w)A[#\-]?[ ]?(?:\d{8,9}|\d{2,3}[ \-]\d{3}[ \-]\d{3})(?![\w]|-\d)"),
    # receipt number of an immigration application
    re.compile(r"\b(?:EAC|WAC|LIN|SRC|MSC|IOE|NBC|YSC|VSC)[ -]?\d{2}[ -]?\d{3}[ -]?\d{5}\b", re.I),
    # Mexican population register key
    re.compile(r"\b[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z0-9]\d\b", re.I),
    # British national insurance number
    re.compile(r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ ]?\d\d[ ]?\d\d[ ]?\d\d[ ]?[A-D]\b"),
)
_SPANISH_ID = re.compile(r"(?<![\w-])([XYZxyz]\d{7}|\d{8})[ -]?([A-Za-z])(?!\w)")
_SPANISH_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_NIE = str.maketrans("XYZ", "012")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d\d(?:[ -]?[A-Z0-9]{1,4}){3,8}(?!\w)")
_DOCUMENT_ANNOUNCED = re.compile(
    r"\b(?:passport|pasaporte|reisepass|passeport|visa|driver'?s? licen[sc]e|driving licen[sc]e|"
    r"licencia de conducir|licen[sc]e plate|plate|alien(?: registration)?|green card|permit|"
    r"national id(?:entity)?(?: card)?|id card|identity card|dni|nie|curp|c[eé]dula|"
    r"personalausweis|a-number|bank account|account|routing|cuenta|member id|employee id|badge|"
    r"dui|medicare|"
    r"medicaid|insurance(?: policy)?|tax(?:payer)? id)\b"
    r"(?:[ ](?:number|num|no|nr|n[uú]mero|nummer|id|is|was|card|es|de|plate)){0,4}[ .:#°]{1,4}"
    r"(?:(?:is|was|es)[ :]{1,2})?"
    r"((?=[A-Z0-9 \-]{0,12}\d)(?-i:[A-Z]{0,4})[ -]?\d[A-Z0-9]{0,7}"
    r"(?:[ -]?(?=[A-Z]{0,6}\d)[A-Z0-9]{1,8}){0,4})\b",
    re.I,
)

_YEAR_ALONE = re.compile(r"(?:19|20)\d\d")

_MONTH = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|ene|abr|ago|dic|mai|juin|juil|ao[uû]|"
    r"d[eé]c|"
    r"f[eé]v|avr|m[aä]r|okt|dez)[a-zéûä]{0,7}\.?"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th|\.|º)?"
_YEAR = r"(?:(?:19|20)\d\d|'?\d\d)"
_DATE = (
    rf"(?:(?:19|20)\d\d[-/. ]\d{{1,2}}[-/. ]\d{{1,2}}|"
    rf"\d{{1,2}}[-/. ]{{1,2}}\d{{1,2}}[-/. ]{{1,2}}(?:19|20)?\d\d"
    rf"|{_MONTH}[ ]{_DAY}(?:,?[ ]{_YEAR})?"
    rf"|{_DAY}[ ](?:of[ ]|de[ ])?{_MONTH}(?:,?[ ](?:de[ ]|del[ ])?{_YEAR})?)(?!\w)"
)
_BIRTH = re.compile(
    r"\b(?:born(?: on)?|d\.?o\.?b\.?|date of birth|birth ?date|birthday(?: is| was)?|b-?day|"
    r"nac[ií]|nacid[oa]|fecha de nacimiento|cumplea[nñ]os(?: es)?|geboren|geburtsdatum|geburtstag|"
    rf"n[eé]e?)\b[ :.,\-]{{0,3}}(?:(?:is|was|on|the|el|es|am|le|"
    rf"d[ií]a)[ :]{{1,2}}){{0,3}}({_DATE})",
    re.I,
)

_WORD = r"[^\W\d_a-z](?:[^\W\d_]|['\-](?=[^\W\d_])){1,24}"
_FULL = rf"{_WORD}(?:[ ](?:(?:de|del|de la|van|von|bin|al|da|dos)[ ])?{_WORD}|[ ][A-Z]\.){{1,3}}"
_GIVEN = rf"{_WORD}(?:[ ](?:(?:de|del|de la|van|von|bin|al|da|dos)[ ])?{_WORD}|[ ][A-Z]\.){{0,3}}"
_RELATION = (
    r"boss|employer|supervisor|manager|landlord|foreman|recruiter|trafficker|co-?worker|colleague|"
    r"sister|brother|husband|wife|partner|friend|neighbou?r|cousin|aunt|uncle|mother|father|son|"
    r"daughter|roommate|doctor|lawyer|caseworker"
)
_NAME_ANNOUNCED = (
    re.compile(
        rf"\b(?:[Mm]y (?:full |real |legal )?name(?: is|'s|:)|[Mm]e llamo|[Mm]i nombre es|"
        rf"[Ii]ch hei(?:ß|ss)e|"
        rf"[Mm]ein Name ist|[Jj]e m'appelle|[Ss]e llama(?:ba)?|"
        rf"(?:[Hh]is|[Hh]er|[Tt]heir|{_RELATION}'s) (?:full |real |legal )?name (?:is|was))"
        rf"[ ]({_GIVEN})"
    ),
    re.compile(
        rf"\b(?:[Mm]y|[Oo]ur|[Hh]is|[Hh]er|[Tt]he) (?:{_RELATION})(?: is|,| was)? "
        rf"(?:called |named )({_GIVEN})"
    ),
    re.compile(rf"\b(?:[Mm]y|[Oo]ur) (?:{_RELATION}),? (?:Mr\.? |Mrs\.? |Ms\.? |Dr\.? )?({_FULL})"),
    # A first name alone, where the sentence goes on about the person; capitals alone name offices.
    re.compile(
        rf"\b[Mm]y (?:{_RELATION}),? (?:Mr\.? |Mrs\.? |Ms\.? |Dr\.? )?"
        rf"((?=\w{{0,24}}[a-z]){_WORD})(?=,|[ ](?:was|is|"
        r"has|had|told|tells|said|says|asked|works|worked|lives|lost|got|came|went|never)\b)"
    ),
    re.compile(
        rf"\b(?:[Ss]igned|[Ss]incerely|[Rr]egards|[Yy]ours truly|"
        rf"[Aa]tentamente),?\s{{1,3}}({_FULL})"
    ),
    re.compile(rf"\b(?:a|the) (?:man|woman|person|guy|girl|boy) (?:called|named) ({_FULL})"),
)
_NO_NAMES = "Not The This That What When Where Who Why How Whatever Anonymous Private None Nobody"
_NOT_A_NAME = frozenset(_NO_NAMES.split())
