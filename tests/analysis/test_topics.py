"""Topics: counts add up, planted subjects return, seeds are kept, and doubt is said."""

import csv
import json
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogue.analysis.statistics import adjusted_rand
from dialogue.analysis.topics import Grade, find_topics
from tests.analysis.groupings import mutual_information
from tests.analysis.made_up_texts import SCRIPTS, SUBJECTS, sentence, topic_corpus
from tests.analysis.polis_files import open_data


class TestFindTopics:
    def test_recovers_planted_subjects_and_names_them_by_their_words(self):
        texts, subjects = topic_corpus(300, 1)
        found = find_topics(texts, k=4)
        names = sorted(set(subjects))
        assert adjusted_rand([names.index(s) for s in subjects], found.labels) > 0.8
        assert found.grade == Grade.STABLE
        for topic in found.topics:
            words = {word.casefold() for word in topic.terms}
            assert max(len(words & set(s.split())) for s in SUBJECTS.values()) >= 6

    def test_finds_how_many_topics_there_are(self):
        texts, _ = topic_corpus(300, 2)
        assert 3 <= len(find_topics(texts).topics) <= 6

    def test_puts_every_text_in_exactly_one_topic_or_none(self):
        texts, _ = topic_corpus(80, 3)
        texts += ["", "…!", "  "]
        found = find_topics(texts, k=4)
        assert (found.labels[-3:] == -1).all() and (found.labels[:-3] >= 0).all()
        assert sum(topic.count for topic in found.topics) == 80
        counts = [topic.count for topic in found.topics]
        assert counts == sorted(counts, reverse=True)
        for number, topic in enumerate(found.topics):
            assert found.labels[topic.medoid] == number
            assert (found.labels == number).sum() == topic.count

    def test_places_every_one_of_very_many_texts(self):
        """More than are looked at to make the topics: seeds stay, counts add up, none is lost."""
        texts, subjects = topic_corpus(40_500, 6)
        texts[7] = "…!"
        seeds = {"wages": [i for i, s in enumerate(subjects) if s == "wages" and i % 2][:5]}
        found = find_topics(texts, k=4, seeds=seeds)
        assert np.flatnonzero(found.labels < 0).tolist() == [7]
        assert [t.count for t in found.topics] == np.bincount(np.delete(found.labels, 7)).tolist()
        for number, topic in enumerate(found.topics):
            assert found.labels[topic.medoid] == number
            if topic.seeded:
                assert {int(found.labels[i]) for i in seeds["wages"]} == {number}
        names = sorted(set(subjects))
        truth = [names.index(s) for s in subjects]
        assert adjusted_rand(np.delete(truth, 7), np.delete(found.labels, 7)) > 0.7

    def test_keeps_the_agencys_seeds(self):
        texts, subjects = topic_corpus(120, 4)
        seeds = {
            name: [i for i, s in enumerate(subjects) if s == name][:6]
            for name in ("wages", "visas")
        }
        found = find_topics(texts, k=4, seeds=seeds)
        named = {topic.label: number for number, topic in enumerate(found.topics) if topic.seeded}
        assert set(named) == {"wages", "visas"}
        for name, members in seeds.items():
            assert {int(found.labels[i]) for i in members} == {named[name]}
            own = [found.labels[i] == named[name] for i, s in enumerate(subjects) if s == name]
            assert sum(own) > 0.8 * len(own)

    def test_makes_no_topic_but_the_seeds_unless_asked(self):
        texts, subjects = topic_corpus(60, 5)
        found = find_topics(texts, seeds={"one": [0], "two": [subjects.index("wages", 1)]})
        assert {topic.label for topic in found.topics} <= {"one", "two"}

    def test_lets_a_campaign_make_no_topic_of_its_own(self):
        texts, _ = topic_corpus(200, 6)
        plain = find_topics(texts, k=4)
        flooded = find_topics(texts + [texts[7]] * 500, k=4)
        assert adjusted_rand(plain.labels, flooded.labels[:200]) > 0.9
        assert len({int(label) for label in flooded.labels[200:]}) == 1

    def test_says_that_a_grouping_of_noise_is_not_stable(self):
        rng = random.Random(7)
        found = find_topics([sentence(rng) for _ in range(200)], k=5)
        assert found.grade == Grade.NOT_STABLE

    def test_gives_the_same_bytes_twice(self):
        texts, _ = topic_corpus(100, 8)
        assert json.dumps(find_topics(texts).to_dict()) == json.dumps(find_topics(texts).to_dict())

    def test_gives_nearly_the_same_topics_in_any_order(self):
        texts, _ = topic_corpus(200, 9)
        order = list(range(200))
        random.Random(2).shuffle(order)
        plain, shuffled = find_topics(texts, k=4), find_topics([texts[i] for i in order], k=4)
        assert adjusted_rand(plain.labels[order], shuffled.labels) > 0.9

    def test_tells_scripts_apart(self):
        texts = [f"{text} {number}" for text in SCRIPTS.values() for number in range(6)]
        found = find_topics(texts, k=len(SCRIPTS))
        truth = [number // 6 for number in range(len(texts))]
        assert adjusted_rand(truth, found.labels) > 0.9

    def test_copes_with_nothing_and_with_one_text(self):
        assert find_topics([]).topics == ()
        one = find_topics(["Pay wages on time."])
        assert one.labels.tolist() == [0] and one.topics[0].count == 1 and one.topics[0].medoid == 0

    def test_refuses_seeds_that_contradict_each_other(self):
        with pytest.raises(ValueError, match="another seed"):
            find_topics(["a b", "c d"], seeds={"x": [0], "y": [0]})
        with pytest.raises(ValueError, match="indices"):
            find_topics(["a b"], seeds={"x": [4]})
        with pytest.raises(ValueError, match="at least 1"):
            find_topics(["a b"], k=0)

    @settings(max_examples=30, deadline=None)
    @given(st.lists(st.text(alphabet="ab cd中", max_size=20), max_size=14), st.integers(1, 6))
    def test_keeps_its_promises_for_any_texts(self, texts, k):
        found = find_topics(texts, k=k)
        assert sum(topic.count for topic in found.topics) == (found.labels >= 0).sum()
        assert len(found.topics) <= k
        json.dumps(found.to_dict(), allow_nan=False)


@pytest.mark.open_data
class TestGermanIdeas:
    def test_agrees_with_human_codes_better_than_words_alone(self):
        path = open_data("egov2022") / "bonn.csv"
        with path.open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        texts = [f"{row['title']}. {row['text']}" for row in rows]
        codes = [row["main_category_level1"] for row in rows]
        found = find_topics(texts, k=len(set(codes)))
        assert mutual_information(codes, found.labels.tolist()) > 0.22
