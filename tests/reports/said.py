"""What people write in the tests of key points: views that many share in words of their own."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from dialogue.dialogues.models import Dialogue
from tests.reports.conversation import TWO_VIEWS, hold

# A view as pieces to put together: each person picks one of each.
VIEWS: Sequence[Sequence[Sequence[str]]] = (
    (
        ("Pay stubs", "Our pay stubs", "All pay stubs", "The pay stubs here"),
        ("must show", "should list", "need to state", "have to print"),
        ("every hour worked", "the hours worked each day", "all hours we worked"),
        ("in plain language", "in our language", "so we can check them", "without hidden codes"),
    ),
    (
        ("Interpreters", "Paid interpreters", "Trained interpreters", "Good interpreters"),
        ("must come along", "should be there", "need to be present", "have to join"),
        ("when inspectors visit", "at each visit of inspectors", "whenever inspectors visit farms"),
        ("so workers can talk", "because crews stay silent", "and keep secrets safe"),
    ),
    (
        ("Recruiters", "Foreign recruiters", "Labor recruiters", "Those recruiters"),
        ("must be licensed", "should hold a license", "need a license", "have to get a license"),
        ("before they charge fees", "before charging anyone fees", "before taking any fees"),
        ("from families abroad", "from people at home", "or lose their permit"),
    ),
)
FEW: Sequence[Sequence[str]] = (
    ("Beekeepers", "Local beekeepers", "Young beekeepers", "Our beekeepers"),
    ("want quieter sprayers", "ask for quieter sprayers", "wish for quieter sprayers"),
    ("near their hives", "close to the hives", "around all hives"),
    ("at dawn", "before noon", "in spring", "during bloom"),
)


def say(view: Sequence[Sequence[str]], chance: Random) -> str:
    """One person's words for a view."""
    return " ".join(chance.choice(part) for part in view) + "."


def planted(chance: Random, people: int = 300, share: float = 0.02) -> tuple[list[str], list[str]]:
    """What `people` write, each once, in random order; and which of it says the view of few."""
    number = max(5, round(people * share))
    few: list[str] = []
    while len(few) < number:
        words = say(FEW, chance)
        if words not in few:
            few.append(words)
    many = [say(chance.choice(VIEWS), chance) for _ in range(people - number)]
    texts = [*many, *few]
    chance.shuffle(texts)
    return texts, few


def conversation_about_pay(slug: str = "pay", copies: int = 0) -> Dialogue:
    """Sixty comments on three views; with `copies` of the first one by its author on top."""
    chance = Random(5)
    comments = [(n % 8, n % len(TWO_VIEWS), say(VIEWS[n % len(VIEWS)], chance)) for n in range(60)]
    return hold(slug, comments=[*comments, *[comments[0]] * copies])
