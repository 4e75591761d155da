"""Scores how much a text looks like advertising or machine-made filler. It is a hint for the
queue's order."""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise

_READ_AT_MOST = 20_000  # code points; what lies behind cannot make an advertisement harmless


def spam_score(text: str) -> float:
    """A score in [0, 1]; from .5 on the text deserves the label "likely spam".

    A sum of weighted signs (links, sales phrases, lures to private chats, shouting, repetition,
    disguised letters) through a logistic curve. Length or quality of the argument play no part, a
    single link or a sum of money alone stays far below .5, empty text scores 0.
    """
    text = text[:_READ_AT_MOST]
    words = _WORD.findall(text.casefold())
    if not words and not text.strip():
        return 0.0
    evidence = (
        _links(text, words)
        + _phrases(text)
        + _shouting(text, words)
        + _repetition(words)
        + _disguise(text)
    )
    return (
        round(1.0 / (1.0 + math.exp(4.0 - evidence)) - 1.0 / (1.0 + math.exp(4.0)), 6)
        if evidence > 0
        else 0.0
    )


def _links(text: str, words: list[str]) -> float:
    links = _LINK.findall(text)
    if not links:
        return 0.0
    own_words = max(0, len(words) - sum(len(_WORD.findall(link)) for link in links))
    weight = 0.5 + (0.7 if own_words < 40 else 0.4) * min(len(links) - 1, 4)
    if own_words < 8:
        weight += 1.6
    weight += (2.2 if own_words < 40 else 0.4) * bool(_SHORTENED.search(text)) + 1.2 * bool(
        _CHEAP_HOST.search(text)
    )
    weight += 2.5 * bool(_MARKUP_LINK.search(text))
    return weight


def _phrases(text: str) -> float:
    """Sales phrases; they weigh far less in a text that speaks about lures instead of being one."""
    weight = 0.0
    for points, pattern in _SALES:
        weight += points * min(
            3, len({match.group().casefold() for match in pattern.finditer(text)})
        )
    return weight * (0.35 if _ABOUT_LURES.search(text) else 1.0)


def _shouting(text: str, words: list[str]) -> float:
    letters = [c for c in text if c.isalpha()]
    upper = sum(c.isupper() for c in letters)
    weight = 0.8 if len(letters) > 30 and upper > 0.6 * len(letters) else 0.0
    weight += min(1.2, 0.3 * len(_SHOUT_MARKS.findall(text)))
    symbols = len(_PICTURES.findall(text))
    return weight + (1.0 if symbols >= 4 and symbols > 0.08 * len(words) else 0.0)


def _repetition(words: list[str]) -> float:
    """Keyword stuffing: few different words in many, or one run of letters without any word."""
    weight = 0.0
    if len(words) >= 12:
        most = Counter(words).most_common(1)[0][1]
        weight += 2.5 if most > 0.3 * len(words) else 0.0
        weight += 2.5 if len(set(words)) < 0.25 * len(words) else 0.0
    if any(len(word) > 40 and word.isascii() for word in words):
        weight += 4.1
    if (
        words and max(map(_longest_run, words)) >= 8
    ):  # often mere feeling, unless it is all there is
        weight += 4.1 if len(words) == 1 else 0.8
    if 0 < len(words) <= 3 and all(_is_mash(word) for word in words):
        weight += 4.2
    return weight


def _longest_run(word: str) -> int:
    longest = run = 1
    for one, two in pairwise(word):
        run = run + 1 if one == two else 1
        longest = max(longest, run)
    return longest


def _is_mash(word: str) -> bool:
    """Keyboard mash of Latin letters: long and nearly without vowels."""
    return (
        len(word) >= 6
        and word.isascii()
        and word.isalpha()
        and sum(c in "aeiouy" for c in word) < 0.15 * len(word)
    )


def _disguise(text: str) -> float:
    """Letters of two alphabets inside one word, and invisible characters between letters."""
    weight = min(4.4, 2.2 * len(_MIXED_ALPHABETS.findall(text)))
    return weight + (2.4 if len(_INVISIBLE.findall(text)) >= 3 else 0.0)


_WORD = re.compile(r"\w{1,200}")
_LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"\])]{1,500}|\b(?:bit\.ly|t\.me|wa\.me|goo\.gl|cutt\.ly|is\.gd|"
    r"ow\.ly|rb\.gy)/\S{1,300}|\b[a-z0-9-]{2,40}\.(?:com|net|org|ru|xyz|top|shop|online|site|"
    r"click|info|biz|store|live|vip|win)\b(?:/[^\s<>\"]{0,300})?",
    re.I,
)
_SHORTENED = re.compile(
    r"\b(?:bit\.ly|tinyurl\.com|goo\.gl|t\.co|ow\.ly|is\.gd|cutt\.ly|rb\.gy|shorturl\.at|"
    r"rebrand\.ly)/",
    re.I,
)
_CHEAP_HOST = re.compile(
    r"\b[a-z0-9-]{2,60}\.(?:xyz|top|shop|online|site|click|win|vip|loan|icu|buzz|store|live|"
    r"club)\b",
    re.I,
)
_MARKUP_LINK = re.compile(r"\[/?url\b|<a[ ]|\[link=", re.I)
_ABOUT_LURES = re.compile(
    r"\b(?:traffick\w{0,5}|scams?|scammers?|recruit\w{1,6}|fake|lures?|lured|deceptive|"
    r"decei\w{1,5}|"
    r"victims?|survivors?|exploit\w{0,6}|fraud\w{0,5}|ads? (?:that|which|promis\w{1,4}|on)|"
    r"advertisements?|enga[nñ]\w{1,6}|v[ií]ctimas?|trata)\b",
    re.I,
)
_SHOUT_MARKS = re.compile(r"[!?$]{3,10}")
_PICTURES = re.compile(r"[\U0001F300-\U0001FAFF\u2600-\u27BF]")
_MIXED_ALPHABETS = re.compile(r"[a-zA-Z][а-яА-ЯёЁα-ωΑ-Ω][a-zA-Z]|[а-яА-ЯёЁ][a-zA-Z][а-яА-ЯёЁ]")
_INVISIBLE = re.compile(r"(?<=\w)[\u200b\u2060\u00ad\ufeff](?=\w)")


def _any_of(*alternatives: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?<!\w)(?:{'|'.join(alternatives)})(?!\w)".replace(" ", r"[ \t\n]{1,3}"), re.I
    )


_SALES = (
    (
        3.2,
        _any_of(
            r"viagra",
            r"cialis",
            r"levitra",
            r"kamagra",
            r"xanax",
            r"online casino",
            r"casino bonus",
            r"slot gacor",
            r"judi online",
            r"sports? betting",
            r"replica (?:watch(?:es)?|bags?|handbags?)",
            r"cheap (?:jerseys|handbags|viagra|meds|essays?)",
            r"buy (?:followers|likes|backlinks|verified accounts?|essays?)",
            r"seo (?:services?|packages?|agency|expert|ranking)",
            r"(?:high[-\s]quality |dofollow )?backlinks?",
            r"payday loans?",
            r"weight[-\s]loss (?:pills?|supplements?|secret)",
            r"keto (?:gummies|pills|diet pills)",
            r"hot (?:girls|singles|babes)",
            r"sexy (?:girls|singles|chat)",
            r"adult (?:dating|cams?|webcam)",
            r"pornhub",
            r"forex (?:signals?|trading|broker)",
            r"binary options?",
            r"crypto(?:currency)? (?:investment|trading|giveaway|recovery|signals?)",
            r"bitcoin (?:investment|giveaway|doubler|mining|recovery)",
            r"(?:double|triple) your (?:money|bitcoin|income|investment)",
            r"hack(?:er|ing)? (?:services?|for hire)",
            r"recover (?:your )?(?:lost|stolen) (?:funds|bitcoin|crypto)",
            r"nigerian prince",
            r"spell caster",
            r"love spells?",
            r"powerful (?:spell|healer|herbalist)",
            r"enlarge(?:ment)? (?:pills?|cream)",
            r"diploma without",
            r"pr[eé]stamos? (?:r[aá]pidos?|urgentes?)",
            r"gana(?:r)? dinero (?:f[aá]cil|r[aá]pido|desde casa)",
        ),
    ),
    (
        1.9,
        _any_of(
            r"click (?:here|the link|below|now|on (?:my|the) (?:link|profile))",
            r"buy now",
            r"order now",
            r"act (?:now|fast)",
            r"limited[-\s]time(?: offer)?",
            r"special offer",
            r"free (?:trial|gift|shipping|iphone|money|sample|download)",
            r"100% (?:free|guaranteed|legit|working|natural)",
            r"risk[-\s]free",
            r"money[-\s]back guarantee",
            r"satisfaction guaranteed",
            r"no (?:experience|credit check|obligation) (?:needed|required|necessary)?",
            r"earn (?:up to )?[$€£]?\d[\d,.]{0,8}k?[$€£]?\s?(?:a|per|every|each|/|daily|weekly|"
            r"monthly)(?:\s?(?:day|week|month|hour))?",
            r"(?:made|make|making|earned) (?:money|cash|\$\d[\d,]{0,8}) (?:online|fast|from home|"
            r"daily|a day|easily)",
            r"get rich",
            r"passive income",
            r"financial freedom",
            r"lowest price",
            r"best (?:price|deal|offer)s?",
            r"discount codes?",
            r"promo codes?",
            r"use (?:my )?code \w{3,20}",
            r"\d{2}\s?% off",
            r"congratulations,? you(?:'ve| have)? (?:won|been selected)",
            r"you(?:'ve| have)? won",
            r"claim (?:your|now|it)",
            r"subscribe to my",
            r"check out my (?:site|website|channel|profile|page|store|shop|blog)",
            r"visit (?:my|our) (?:site|website|channel|store|shop|page|blog)",
            r"follow me on",
            r"(?:dm|inbox|message|whatsapp|telegram|text) me (?:for|to|on|at|now)",
            r"(?:contact|add|join)(?: (?:us|me|him|her))? (?:on|via|our) (?:whatsapp|"
            r"telegram)(?: group| channel)?",
            r"work from home (?:and earn|job|opportunity)",
            r"investment (?:opportunity|plan|platform|manager)",
            r"guaranteed (?:returns?|profits?|income|results)",
            r"top[-\s]rated",
            r"link in (?:bio|profile)",
            r"haz clic(?: aqu[ií])?",
            r"compra ahora",
            r"oferta (?:limitada|especial)",
            r"(?:thank(?:s| you) )?(?:great|nice|awesome|amazing) (?:post|article|blog|website|"
            r"site)",
        ),
    ),
)
