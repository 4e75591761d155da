"""How much the screens find and how often they cry wolf, on texts written for the purpose."""

from __future__ import annotations

from pathlib import Path

from dialogue.analysis import likeness, spam_learning
from dialogue.analysis.screening import personal_data, spam_score
from tests.analysis.made_up_texts import campaign_corpus

TEXTS = Path(__file__).parent / "texts"
PARTS = 5  # of the texts; each is scored by a model that learned from the other four
HELPLINES = ["1-888-373-7888", "233733", "1-800-843-5678", "help@helpline.example"]
WITH_HELPLINES = (
    "Call 1-888-373-7888 or text 233733.",
    "My friend rang (888) 373-7888 at night.",
    "the number is 888.373.7888, I know it by heart",
    "Llame al 1 888 373 7888 o mande un mensaje al 233733",
    "write help@helpline.example, they answer",
    "+1 (800) 843-5678 is for children",
)


def lines(name: str) -> list[str]:
    found = (TEXTS / name).read_text().splitlines()
    assert len(found) >= 100, name
    assert len(set(found)) == len(found), name
    return found


class TestAdvertising:
    def test_is_found_by_what_decisions_taught_and_honest_texts_are_left_alone(self) -> None:
        spam, honest = lines("spam.txt"), lines("honest.txt")
        built_in = [sum(spam_score(text) >= 0.5 for text in texts) for texts in (spam, honest)]
        found = [0, 0]
        for part in range(PARTS):
            lessons = [
                (text, is_spam)
                for texts, is_spam in ((spam, True), (honest, False))
                for place, text in enumerate(texts)
                if place % PARTS != part
            ]
            model = spam_learning.from_numbers(spam_learning.train(lessons).to_numbers())
            for sort, texts in enumerate((spam, honest)):
                found[sort] += sum(
                    spam_learning.score(text, model) >= 0.5 for text in texts[part::PARTS]
                )
        print(
            f"advertising: built-in {built_in[0]}/{len(spam)}, false {built_in[1]}/{len(honest)};"
            f" learned {found[0]}/{len(spam)}, false {found[1]}/{len(honest)}"
        )
        assert found[0] >= 0.8 * len(spam)
        assert max(found[1], built_in[1]) <= 0.05 * len(honest)

    def test_is_not_judged_by_what_was_not_learned_enough(self) -> None:
        few = [(text, True) for text in lines("spam.txt")[: spam_learning.ENOUGH - 1]]
        model = spam_learning.train(few + [(text, False) for text in lines("honest.txt")])
        for text in lines("spam.txt")[50:60]:
            assert spam_learning.score(text, model) == spam_score(text)

    def test_is_learned_without_keeping_a_word(self) -> None:
        model = spam_learning.train([("Zanzibar pays", True)] * 30 + [("A fair wage", False)] * 30)
        assert "anzibar" not in str(model.to_numbers())


class TestPersonalDetails:
    def test_are_found_and_look_alikes_are_left_alone(self) -> None:
        found: dict[str, list[bool]] = {}
        for line in lines("details.txt"):
            kind, sentence = line.split("\t", 1)
            start = sentence.index("{")
            end = sentence.index("}") - 1
            text = sentence.replace("{", "").replace("}", "")
            covered = sum(
                max(0, min(span.end, end) - max(span.start, start)) for span in personal_data(text)
            )
            found.setdefault(kind, []).append(covered >= 0.9 * (end - start))
        looking = lines("look_alikes.txt")
        false = [text for text in looking if personal_data(text)]
        core = [hit for kind, hits in found.items() if kind != "name" for hit in hits]
        for kind, hits in found.items():
            print(f"{kind}: {sum(hits)}/{len(hits)}")
        print(f"all but names: {sum(core)}/{len(core)}; look-alikes: {len(false)}/{len(looking)}")
        assert sum(core) >= 0.95 * len(core)
        assert sum(found["name"]) >= 0.6 * len(found["name"])
        assert len(false) <= 2 / 70 * len(looking), false

    def test_are_never_helplines(self) -> None:
        for text in WITH_HELPLINES:
            assert personal_data(text, public_numbers=HELPLINES) == [], text


class TestCampaigns:
    def test_are_told_at_intake_and_single_texts_are_not(self) -> None:
        """As they come in, one by one, each against those before it, as the worker does."""
        texts, truth, _kinds = campaign_corpus(1_000, 21, campaigns=3)
        index: dict[int, list[int]] = {}
        prints: list[frozenset[int]] = []
        right = said = expected = 0
        began: set[int] = set()
        for place, text in enumerate(texts):
            mine = likeness.prints(text)
            shared: dict[int, int] = {}
            for number in mine:
                for other in index.setdefault(number, []):
                    shared[other] = shared.get(other, 0) + 1
                index[number].append(place)
            prints.append(mine)
            near = sorted(
                other
                for other, n in shared.items()
                if n * 2 >= len(mine) or n * 2 >= len(prints[other])
            )[:10]
            like = next((o for o in near if likeness.compare(text, texts[o]).is_very_like), None)
            if truth[place] >= 0 and mine:
                expected += truth[place] in began
                began.add(truth[place])
            if like is not None:
                said += 1
                right += truth[place] >= 0 and truth[like] == truth[place]
        print(f"campaigns at intake: precision {right / said:.3f}, recall {right / expected:.3f}")
        assert right >= 0.95 * said
        assert right >= 0.90 * expected

    def test_always_show_an_added_sentence(self) -> None:
        letter = "Please make every employer give a written contract before anybody pays a fee"
        own = "My cousin waited in Laredo"
        for text in (f"{letter}. {own}.", f"{own}. {letter}.", f"{letter.upper()}! {own}"):
            compared = likeness.compare(text, letter)
            assert compared.is_very_like
            assert " ".join(text[start:end] for start, end in compared.own) == own
