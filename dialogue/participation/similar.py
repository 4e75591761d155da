"""Which words stand for an idea when people ask whether it was said already.

The same cutting makes the rows that are stored with a published idea, the vocabulary whose nearest
words the worker finds, and the words of a question.
"""

from __future__ import annotations

from dialogue.search.terms import LONGEST, index_terms

TITLE = 1000  # weight of a word of the title, in thousandths
BODY = 500  # of a word of a short body; the longer the body, the less one word of it says
_SHORT_BODY = 40  # words
_MOST_WORDS = 300  # different words of one idea


def words_of(text: str) -> list[str]:
    """Return the different words of a text in the order of their first use, plurals as singulars.

    Left out is what says nothing by itself: single letters of alphabets, and the small words of
    English and Spanish. (In a young dialogue rarity alone cannot tell them from the others.)
    """
    terms = (term for term in index_terms(text) if term not in _SMALL_WORDS)
    words = (singular(term) for term in terms if len(term) > 1 or not term.isascii())
    return list(dict.fromkeys(words))


def weighed(title: str, body: str) -> dict[str, int]:
    """Return the words of an idea with their weights in thousandths, the title's first."""
    weights = dict.fromkeys(words_of(title), TITLE)
    inside = words_of(body)
    weight = BODY * _SHORT_BODY // max(_SHORT_BODY, len(inside))
    for word in inside:
        weights.setdefault(word, weight)
    return dict(list(weights.items())[:_MOST_WORDS])


def singular(word: str) -> str:
    """Return an English or Spanish plural as its singular, after Harman 1991, "How effective is
    suffixing?", the weak stemmer; other words as they are."""
    if len(word) <= 3 or not word.isascii() or not word.endswith("s") or len(word) >= LONGEST:
        return word
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word[:-3] + "y"
    if word.endswith(("us", "ss", "is")):
        return word
    return word[:-2] if word.endswith(("xes", "ches", "shes", "sses")) else word[:-1]


_SMALL = """
about after all also am an and any are as at be because been before being both but by can could
did do does doing done each either every for from get gets getting go goes going had has have
having he her here hers him his how if in into is it its just let lets like make makes making
many may me more most much must my need needs no nor not now of off often on once one only onto
or other our ours out over own put really same shall she should since so some such than that the
their theirs them then there these they this those through to too under until up upon us very
was we were what when where which while who whom whose why will with within without would yes
yet you your yours
al algo algun alguna ante antes aqui asi aun aunque cada como con contra cual cuando de del
desde donde durante el ella ellas ellos en entre era es esa ese eso esta estan este esto fue ha
hace hacer han hasta hay la las le les lo los mas me mi mis muy ni nos nosotros nuestra nuestro
otra otro para pero poco por porque pueda puede pueden que quien se sea ser si sin sobre son su
sus tal tambien tan te tiene tienen toda todas todo todos tu tus un una unas uno unos y ya yo
"""
_SMALL_WORDS = frozenset(_SMALL.split())
