"""Finds street addresses with a house number and post boxes, as several countries write them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dialogue.analysis.spans import DetailKind, Span


def postal_addresses(text: str) -> Iterator[Span]:
    """Addresses precise enough to find a door: a street alone, a city or a postal code is none."""
    for match in _ENGLISH.finditer(text):
        if _is_door(text, match):
            yield Span(match.start(), _with_place(text, match.end()), DetailKind.ADDRESS)
    for pattern in _OTHERS:
        for match in pattern.finditer(text):
            yield Span(match.start(), _with_place(text, match.end()), DetailKind.ADDRESS)


def _is_door(text: str, match: re.Match[str]) -> bool:
    """Tells "12 Oak Street" from "2 hours at the court", "4 lane road" and "in 2008 Wall "
    "Street"."""
    number, name, suffix = match.group("number"), match.group("name"), match.group("suffix")
    words = name.split()
    if any(word.casefold().strip(".,") in _NOT_IN_A_STREET_NAME for word in words):
        return False
    capitalised = all(word[0].isupper() or word[0].isdigit() for word in words)
    detailed = bool(_PLACE.match(text, match.end()) or _UNIT.match(text, match.end()))
    if _YEAR.fullmatch(number) and _YEAR_BEFORE.search(
        text[max(0, match.start() - 12) : match.start()]
    ):
        return False
    if _COUNT_BEFORE.search(text[max(0, match.start() - 12) : match.start()]):
        return False
    if detailed or (capitalised and suffix[0].isupper()):
        return True
    plain_street = suffix.casefold().rstrip(".") in _CLEAR_SUFFIXES
    return plain_street and (capitalised or (len(words) <= 2 and len(number) >= 2))


def _with_place(text: str, end: int) -> int:
    """The end of the address with its unit, city, state and postal code, where they follow."""
    for pattern in (_UNIT, _PLACE):
        match = pattern.match(text, end)
        if match:
            end = match.end()
    return end


_CLEAR_SUFFIXES = frozenset({"street", "st", "avenue", "ave", "boulevard", "blvd", "road", "rd"})
_SUFFIX = (
    r"street|st|avenue|ave|av|boulevard|blvd|road|rd|lane|ln|drive|dr|court|ct|way|place|pl|"
    r"terrace|ter|"
    r"circle|cir|highway|hwy|parkway|pkwy|trail|trl|square|sq|alley|crescent|close|loop|pike|"
    r"turnpike|row"
)
_NO_STREET = (
    "a an and are as at be by for from had has have in into is it its no not of off on or our out "
    "over per so "
    "than that their the there these they this those to up was we were when which with year years "
    "month months "
    "week weeks day days hour hours hr hrs minute minutes min mins second seconds mile miles km "
    "kilometer "
    "kilometers meter meters metre metres foot feet ft yard yards mph people persons workers "
    "women men children "
    "kids cars trucks buses bikes percent dollars times blocks block houses homes more less other "
    "another lane "
    "lanes way ways story storey car bus bike dirt gravel busy new different two three four one "
    "pm am "
    "section usc cfr vehicles crashes families cases and/or big small main-road star"
)
_NOT_IN_A_STREET_NAME = frozenset(_NO_STREET.split())
_ENGLISH = re.compile(
    r"(?<![\w$€£.,/:-])(?P<number>\d{1,6}(?:-\d{1,4})?[A-Za-z]?)[ ,]{1,2}"
    r"(?P<name>(?:[^\W_][\w'.-]{0,24}[ ]){1,4}?)"
    rf"(?P<suffix>{_SUFFIX})\b\.?(?:[ ](?:N|S|E|W|NE|NW|SE|SW)\b\.?)?(?!['-]\w)",
    re.I,
)
_UNIT = re.compile(
    r",?[ ]{0,2}(?:(?:apt|apartment|unit|suite|ste|room|rm|floor|fl|trailer|lot)\b\.?[ ]?#?|"
    r"#)[ ]?\w{1,6}",
    re.I,
)
_STATES = (
    "A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|"
    "UT|V[AT]|W[AIVY]"
)
_PLACE = re.compile(
    rf"[,\n][ ]?(?:[^\W\d_][\w.'-]{{1,24}}[ ]?){{1,3}},?[ ](?:{_STATES})\b"
    r"(?:[ ]\d{5}(?:-\d{4})?\b)?"
    r"|,?[ ](?:D-)?\d{5}[ ][^\W\d_a-z][^\W\d_]{1,24}"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_COUNT_BEFORE = re.compile(
    r"\b(?:over|about|around|nearly|almost|than|some|least|most|all|another)[ ]\Z", re.I
)
_YEAR_BEFORE = re.compile(
    r"\b(?:in|since|by|until|till|of|from|year|during|before|after|the)[ ]\Z", re.I
)

# A capitalised word, also inside patterns that otherwise ignore case.
_NAME = r"(?-i:[^\W\d_a-zß-öø-ÿ])[\w'.-]{1,24}"
_OTHERS = (
    re.compile(
        r"\b(?:p\.?[ ]?o\.?[ ]?box|post office box|apartado(?: postal)?|postfach)[ ]#?\d{1,7}\b",
        re.I,
    ),
    # German: the street's kind is the end of its name
    re.compile(
        r"\b[^\W\d_a-z][\w-]{1,30}(?:straße|strasse|str\.|weg|platz|allee|gasse|ring|damm|ufer|"
        r"chaussee)"
        r"[ ]\d{1,4}(?:[ ]?[a-h])?\b(?![.,]\d|[ ](?:uhr|prozent|%|km|m)\b)"
    ),
    re.compile(
        r"\b[^\W\d_a-z][\w-]{1,24}(?:er|s)[ ](?:Straße|Str\.|Weg|Platz|Allee|Ring|Damm|"
        r"Ufer)[ ]\d{1,4}(?:[ ]?[a-h])?\b"
    ),
    # Latin American: street number # crossing number - metres
    re.compile(
        r"\b(?:calle|carrera|cra\.?|cl\.|avenida|av\.?|diagonal|"
        r"transversal)[ ]\d{1,3}[ ]?[a-z]?[ ]?"
        r"(?:#|no\.?|n[°º])[ ]?\d{1,3}[ ]?[a-z]?[ ]?-[ ]?\d{1,3}\b",
        re.I,
    ),
    # Rural: house number and a numbered road
    re.compile(
        r"(?<![\w$.,/-])(?!(?:19|20)\d\d[ ])\d{2,6}[ ](?:[NSEW]\.?[ ])?"
        r"(?:(?:State|County|US|Old|Farm)[ ])?(?:Highway|Hwy|Road|Rd)\.?[ ]\d{1,4}\b(?![.,]\d)"
    ),
    # Spanish and Portuguese
    re.compile(
        r"(?:\b(?:calle|avenida|avda\.?|av\.|paseo|plaza|carrera|camino|callej[oó]n|rua|"
        r"travessa)[ ]|\bc/[ ]?)"
        rf"(?:(?:de|del|da|do|dos|la|las|los|el|san|santa)[ ]){{0,3}}{_NAME}(?:[ ](?:(?:de|del|la|"
        rf"y)[ ]){{0,2}}{_NAME}){{0,3}}"
        r"[, ]{1,2}(?:n[.º°]?[ ]?|n[uú]m\.?[ ]?|#[ ]?|no\.?[ ]?)?\d{1,5}\b(?![ ](?:de|%|euros|"
        r"km)\b)",
        re.I,
    ),
    # French
    re.compile(
        r"(?<![\w.,])\d{1,4}[ ]?(?:bis|ter)?,?[ ](?:rue|avenue|boulevard|bd|place|chemin|impasse|"
        r"allée|quai|cours)[ ]"
        rf"(?:(?:de|du|des|la|le|les)[ ]|[ld]'){{0,3}}{_NAME}(?:[ ]{_NAME}){{0,3}}",
        re.I,
    ),
    # Chinese and Japanese
    re.compile(r"[\u4e00-\u9fff]{2,8}(?:路|街|巷|大道)[\u4e00-\u9fff0-9]{0,6}?\d{1,5}[号號]"),
    re.compile(
        r"〒[ ]?\d{3}-?\d{4}|"
        r"[\u4e00-\u9fff]{1,6}[市区町村][\u3040-\u30ff\u4e00-\u9fff]{1,10}\d{1,3}(?:-\d{1,4}){1,3}"
    ),
)
