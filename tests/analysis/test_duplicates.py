"""Campaigns: planted families are found whole, strangers are kept out, additions are shown."""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogue.analysis.duplicates import find_campaigns
from tests.analysis.made_up_texts import EDITS, SCRIPTS, campaign_corpus, pair_scores

LETTER = (
    "I ask the department to publish every complaint about recruiters. "
    "Workers pay illegal fees before they even reach the farm where they will work. "
    "A public list would let them choose an honest recruiter and warn their families."
)


def families(texts):
    """The grouping as a set of sets of texts."""
    found = find_campaigns(texts)
    return {frozenset(texts[member.text] for member in group.members) for group in found.groups}


class TestFindCampaigns:
    @pytest.mark.parametrize("seed", [11, 12, 13])
    def test_finds_planted_campaigns_and_keeps_single_texts_out(self, seed):
        texts, truth, kinds = campaign_corpus(1200, seed)
        found = find_campaigns(texts)
        precision, _, f1 = pair_scores(truth, found.labels.tolist())
        assert precision >= 0.999 and f1 >= 0.98
        for kind in EDITS:
            marked = [
                found.labels[i] >= 0
                for i in range(len(texts))
                if kinds[i] == kind and found.first_copy[i] >= 0
            ]
            assert sum(marked) >= 0.85 * len(marked), kind

    def test_shows_what_a_person_added(self):
        own = "My brother lost two months of pay to such a man last spring."
        texts = [LETTER, LETTER, LETTER.upper(), f"{LETTER} {own}"]
        group = find_campaigns(texts).groups[0]
        assert (group.size, group.distinct) == (4, 2)
        member = group.members[3]
        assert [texts[3][start:end] for start, end in member.own] == [own.rstrip(".")]
        assert 0.6 < member.core_share < 0.9
        assert group.members[0].core_share == 1 and group.members[0].own == ()

    def test_quotes_the_core_from_the_exemplar(self):
        texts = [LETTER, f"Dear Secretary, {LETTER}", f"{LETTER} Thank you for reading this."]
        group = find_campaigns(texts).groups[0]
        quoted = " ".join(texts[group.exemplar][start:end] for start, end in group.core)
        assert "publish every complaint about recruiters" in quoted

    def test_does_not_chain_letters_that_borrow_from_each_other(self):
        rng = random.Random(5)
        words = [f"w{number}" for number in range(3000)]
        passages = [" ".join(rng.choices(words, k=25)) for _ in range(30)]
        texts = [f"{passages[i]} {passages[i + 1]}" for i in range(29)]
        found = find_campaigns(texts)
        assert max((group.size for group in found.groups), default=0) <= 4
        for group in found.groups:
            assert group.core

    def test_sets_stubs_apart(self):
        texts = ["See attached file", "See attached file", LETTER, "I agree"]
        found = find_campaigns(texts)
        assert found.stubs == (0, 1, 3)
        assert found.labels.tolist() == [-1] * 4
        assert found.first_copy.tolist() == [0, 0, 2, 3]

    def test_treats_a_shared_opening_as_no_campaign(self):
        opening = "I am writing to you today because I want to say that"
        texts = [
            f"{opening} inspectors should speak the languages of the people they meet on farms",
            f"{opening} rent for a bunk must never be taken out of wages without consent in "
            f"writing",
            f"{opening} children of seasonal crews need a school bus that follows the harvest "
            f"north",
        ]
        assert find_campaigns(texts).groups == ()

    def test_finds_families_across_what_is_looked_at_together(self):
        rng = random.Random(9)
        words = [f"w{number}" for number in range(5_000)]
        letters = [rng.choices(words, k=400_000) for _ in range(3)]
        texts = [" ".join(letter) for letter in letters]
        texts += [" ".join([*letter[:300_000], *rng.choices(words, k=50)]) for letter in letters]
        assert find_campaigns(texts).labels.tolist() == [0, 1, 2, 0, 1, 2]

    def test_does_not_depend_on_order(self):
        texts, _, _ = campaign_corpus(300, 3)
        shuffled = texts[:]
        random.Random(1).shuffle(shuffled)
        assert families(texts) == families(shuffled)

    @pytest.mark.parametrize("script", SCRIPTS)
    def test_works_in_every_script(self, script):
        letter = f"{SCRIPTS[script]} {SCRIPTS[script]}"
        other = [text * 2 for name, text in SCRIPTS.items() if name != script]
        found = find_campaigns([letter, letter + "!", *other])
        assert found.labels[0] == found.labels[1] == 0
        assert (found.labels[2:] == -1).all()

    def test_copes_with_nothing_and_with_one_text(self):
        assert find_campaigns([]).groups == ()
        assert find_campaigns([LETTER]).labels.tolist() == [-1]

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.text(alphabet="ab c中", max_size=80), max_size=12))
    def test_keeps_its_promises_for_any_texts(self, texts):
        found = find_campaigns(texts)
        assert found.labels.shape == (len(texts),)
        for number, group in enumerate(found.groups):
            assert group.size >= 2 and group.exemplar in {member.text for member in group.members}
            for member in group.members:
                assert found.labels[member.text] == number and 0 < member.core_share <= 1
        assert not set(found.stubs) & {m.text for group in found.groups for m in group.members}
        json.dumps(found.to_dict())
