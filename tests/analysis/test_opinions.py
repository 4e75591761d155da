"""Opinion groups: known worlds are recovered, noise is called noise, published groups are met."""

import json

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogue.analysis.opinion_space import count_votes, find_axes, find_axes_directly
from dialogue.analysis.opinions import COUNTED_UP_TO, Reason, find_groups, one_after_another
from dialogue.analysis.point_clusters import k_means
from dialogue.analysis.statistics import adjusted_rand
from tests.analysis.polis_files import CONVERSATIONS, open_data, read_conversation
from tests.analysis.vote_worlds import vote_world


def matrices(table):
    """Vote matrices of nested lists with None for unseen."""
    voted = np.array([[cell is not None for cell in row] for row in table])
    votes = np.array([[cell or 0 for cell in row] for row in table], dtype=np.int8)
    return sp.csr_array(votes), sp.csr_array(voted)


class TestFindGroups:
    @pytest.mark.parametrize("groups", [2, 3])
    @pytest.mark.parametrize("seed", [1, 2])
    def test_recovers_planted_groups_and_their_number(self, groups, seed):
        votes, voted, truth = vote_world(400, 60, groups, 30, seed)
        found = find_groups(votes, voted)
        assert found.clear and found.k == groups and found.reason == Reason.CLEAR
        assert adjusted_rand(truth, found.labels) > 0.9
        assert found.stability > 0.9

    @pytest.mark.parametrize("seed", range(4))
    def test_says_that_noise_has_no_clear_groups(self, seed):
        votes, voted, _ = vote_world(200, 30, 1, 15, seed)
        found = find_groups(votes, voted)
        assert not found.clear
        assert found.reason in {Reason.NOT_STABLE, Reason.NOT_SEPARATE}

    def test_gives_the_largest_group_the_first_number(self):
        table = [[1, 1, 1, 1, -1, -1, -1, -1]] * 12 + [[-1, -1, -1, -1, 1, 1, 1, 1]] * 30
        found = find_groups(*matrices(table), k=2)
        assert found.sizes == (30, 12)
        assert found.labels.tolist() == [1] * 12 + [0] * 30

    def test_leaves_people_with_too_few_votes_ungrouped_and_unplaced(self):
        votes, voted, _ = vote_world(100, 20, 2, 12, 5)
        lazy = [[1, 1, 1, 1, 1, 1] + [None] * 14]
        few_votes, few_voted = matrices(lazy)
        found = find_groups(sp.vstack([votes, few_votes]), sp.vstack([voted, few_voted]))
        assert found.labels[-1] == -1 and found.points[-1].tolist() == [0, 0]
        assert (found.labels[:-1] >= 0).all()

    def test_tells_a_pass_from_a_statement_never_seen(self):
        table = [[1] * 8] * 10 + [[-1] * 8] * 10 + [[0] * 8] + [[None] * 8]
        found = find_groups(*matrices(table))
        assert found.labels[-1] == -1 and found.labels[-2] >= 0

    def test_gives_removed_statements_no_say(self):
        votes, voted, _ = vote_world(150, 30, 2, 20, 3)
        removed = [4, 17]
        loud = votes.toarray()
        loud[:, removed] = (
            voted.toarray()[:, removed] * np.where(np.arange(150) % 2, 1, -1)[:, None]
        )
        one = find_groups(votes, voted, removed=removed)
        two = find_groups(sp.csr_array(loud.astype(np.int8)), voted, removed=removed)
        assert one.to_dict() == two.to_dict()
        assert not {entry.statement for entry in one.statements} & set(removed)

    def test_counts_removed_statements_as_voted_by_everybody_when_stretching(self):
        votes, voted, _ = vote_world(150, 30, 2, 20, 3)
        blank = sp.csr_array((150, 15), dtype=np.int8)
        wider = sp.hstack([votes, blank], format="csr"), sp.hstack([voted, blank], format="csr")
        plain = find_groups(votes, voted).points
        widened = find_groups(*wider, removed=range(30, 45)).points
        expected = np.sqrt(45 / 35) / np.sqrt(30 / 20)
        assert np.allclose(widened, plain * expected)

    def test_does_not_move_people_when_unvoted_statements_are_added(self):
        votes, voted, _ = vote_world(150, 30, 2, 20, 3)
        blank = sp.csr_array((150, 500), dtype=np.int8)
        more = find_groups(
            sp.hstack([votes, blank], format="csr"), sp.hstack([voted, blank], format="csr")
        )
        assert (more.labels == find_groups(votes, voted).labels).all()

    def test_gives_the_same_bytes_twice(self):
        votes, voted, _ = vote_world(150, 30, 3, 20, 8)
        first = json.dumps(find_groups(votes, voted).to_dict())
        assert first == json.dumps(find_groups(votes.copy(), voted.copy()).to_dict())

    def test_finds_the_same_people_together_in_any_order_of_rows(self):
        votes, voted, _ = vote_world(200, 40, 3, 25, 8)
        order = np.random.default_rng(0).permutation(200)
        plain, shuffled = find_groups(votes, voted), find_groups(votes[order], voted[order])
        assert adjusted_rand(plain.labels[order], shuffled.labels) == 1

    @pytest.mark.parametrize("shape", [(0, 0), (0, 5), (5, 0), (1, 1), (3, 10), (50, 1)])
    def test_says_why_there_is_nothing_to_group(self, shape):
        votes = sp.csr_array(np.ones(shape, dtype=np.int8))
        found = find_groups(votes, votes.astype(bool))
        assert found.k == 0 and not found.clear
        assert found.reason in {Reason.TOO_FEW_PEOPLE, Reason.TOO_FEW_STATEMENTS}
        assert found.labels.tolist() == [-1] * shape[0] and found.points.shape == (shape[0], 2)

    def test_says_when_everybody_votes_alike(self):
        found = find_groups(*matrices([[1, -1, 1, 0, 1, 1, 1, -1]] * 40))
        assert found.reason == Reason.NO_DIFFERENCES and not found.clear

    def test_refuses_matrices_that_do_not_fit(self):
        with pytest.raises(ValueError, match="same shape"):
            find_groups(sp.csr_array((3, 4)), sp.csr_array((4, 3)))
        with pytest.raises(ValueError, match="-1, 0 or 1"):
            find_groups(sp.csr_array(np.full((3, 4), 2)), sp.csr_array(np.ones((3, 4))))
        with pytest.raises(ValueError, match="at least 1"):
            find_groups(sp.csr_array((3, 4)), sp.csr_array((3, 4)), k=0)

    @settings(max_examples=30, deadline=None)
    @given(st.integers(0, 40), st.integers(0, 12), st.integers(0, 10**6), st.floats(0, 1))
    def test_accepts_any_vote_matrix(self, people, statements, seed, density):
        rng = np.random.default_rng(seed)
        voted = rng.random((people, statements)) < density
        votes = (rng.integers(-1, 2, (people, statements)) * voted).astype(np.int8)
        found = find_groups(sp.csr_array(votes), sp.csr_array(voted))
        assert found.labels.shape == (people,) and sum(found.sizes) == (found.labels >= 0).sum()
        assert found.labels.max(initial=-1) == found.k - 1
        json.dumps(found.to_dict(), allow_nan=False)


class TestCountVotes:
    def test_adds_up_over_any_shards(self):
        votes, voted, _ = vote_world(120, 25, 2, 15, 4)
        whole = count_votes(votes, voted)
        for shards in (2, 7):
            total = None
            for rows in np.array_split(np.arange(120), shards):
                part = count_votes(votes[rows], voted[rows])
                total = part if total is None else total + part
            assert (total.vote_vote == whole.vote_vote).all()
            assert find_axes(total).components.tobytes() == find_axes(whole).components.tobytes()

    def test_gives_the_components_of_the_filled_dense_matrix(self):
        votes, voted, _ = vote_world(120, 25, 2, 15, 4)
        v, w = votes.toarray().astype(float), voted.toarray()
        filled = np.where(w, v, v.sum(axis=0) / w.sum(axis=0))
        _, _, rows = np.linalg.svd(filled - filled.mean(axis=0))
        components = find_axes(count_votes(votes, voted)).components
        assert np.allclose(np.abs(rows[:2] @ components), np.eye(2), atol=1e-8)

    def test_counts_more_people_than_one_field_holds(self):
        voted = sp.csr_array(np.ones((70_000, 2), dtype=np.int8))
        votes = sp.csr_array(np.repeat([[1, -1]], 70_000, axis=0).astype(np.int8))
        counts = count_votes(votes, voted)
        assert counts.voted_voted.tolist() == [[70_000] * 2] * 2
        assert counts.vote_voted.tolist() == [[70_000] * 2, [-70_000] * 2]
        assert counts.vote_vote.tolist() == [[70_000, -70_000], [-70_000, 70_000]]

    def test_is_not_needed_for_the_components(self):
        votes, voted, _ = vote_world(120, 25, 2, 15, 4)
        counted, direct = find_axes(count_votes(votes, voted)), find_axes_directly(votes, voted)
        assert np.allclose(counted.components, direct.components, atol=1e-6)
        assert np.allclose(counted.explained, direct.explained)


class TestEach:
    def test_may_carry_out_the_units_in_any_order(self):
        votes, voted, _ = vote_world(90, 20, 2, 12, 3)
        asked = []

        def backwards(function, units):
            asked.append(function.__name__)
            units = list(enumerate(units))
            found = {place: function(*unit) for place, unit in reversed(units)}
            return [found[place] for place, _ in units]

        assert find_groups(votes, voted, each=backwards).to_dict() == (
            find_groups(votes, voted).to_dict()
        )
        assert asked == ["count_votes", "agreement_of_sample"]

    def test_is_never_asked_to_count_pairs_of_very_many_statements(self):
        """One person with 2,100 votes: the pairs of one row alone would be four million."""
        rng = np.random.default_rng(0)
        voted = rng.random((40, COUNTED_UP_TO + 100)) < 0.01
        voted[0] = True
        votes = np.where(voted, np.where(np.arange(40) % 2, 1, -1)[:, None], 0).astype(np.int8)
        asked = []

        def seen(function, units):
            asked.append(function.__name__)
            return one_after_another(function, units)

        found = find_groups(sp.csr_array(votes), sp.csr_array(voted), each=seen)
        assert found.k >= 1
        assert "count_votes" not in asked


class TestKMeans:
    def test_ends_where_no_single_move_is_better(self):
        """Lloyd's steps alone end in worse places, for most starts."""
        rng = np.random.default_rng(3)
        points, weights = rng.standard_normal((200, 2)), rng.uniform(1, 5, 200)

        def cost(labels):
            total = 0.0
            for group in np.unique(labels):
                mine, heavy = points[labels == group], weights[labels == group][:, None]
                middle = (mine * heavy).sum(axis=0) / heavy.sum()
                total += ((mine - middle) ** 2 * heavy).sum()
            return total

        for seed in range(3):
            labels, _ = k_means(points, weights, 3, seed=seed, starts=1)
            least = cost(labels)
            for point in range(200):
                for group in {0, 1, 2} - {labels[point]}:
                    moved = labels.copy()
                    moved[point] = group
                    assert cost(moved) >= least - 1e-6

    def test_makes_no_more_groups_than_there_are_places(self):
        points = np.repeat([[0.0, 0.0], [1.0, 1.0]], 10, axis=0)
        labels, centres = k_means(points, np.ones(20), 4, seed=0)
        assert len(centres) == 2
        assert len(set(labels.tolist())) == 2


class TestStatements:
    TABLE = (
        [[1, 1, -1, 1, -1, 0, 1, -1]] * 20
        + [[-1, -1, 1, 1, -1, 0, -1, 1]] * 15
        + [[1, -1, 1, 1, -1, None, 1, -1]] * 2
    )

    def test_lists_what_every_group_shares(self):
        found = find_groups(*matrices(self.TABLE), k=2)
        assert {(entry.statement, str(entry.direction)) for entry in found.consensus} == {
            (3, "agree"),
            (4, "disagree"),
        }
        assert found.consensus[0].least == 1.0

    def test_lists_what_divides(self):
        found = find_groups(*matrices(self.TABLE), k=2)
        assert {entry.statement for entry in found.divisive} == {0, 1, 2, 6, 7}
        assert all(entry.z_difference > 3 for entry in found.divisive)

    def test_names_for_each_group_where_it_stands_apart(self):
        found = find_groups(*matrices(self.TABLE), k=2)
        first = {(entry.statement, str(entry.direction)) for entry in found.representative[0]}
        assert first <= {(0, "agree"), (1, "agree"), (2, "disagree"), (6, "agree"), (7, "disagree")}
        assert first
        for entry in found.representative[1]:
            assert entry.inside.share > entry.outside.share

    def test_counts_every_vote_of_grouped_people_once(self):
        votes, voted = matrices(self.TABLE)
        found = find_groups(votes, voted, k=2)
        for entry in found.statements:
            assert (
                sum(group.seen for group in entry.groups)
                == voted.toarray()[:, entry.statement].sum()
            )
            assert (
                sum(g.agree for g in entry.groups)
                == (votes.toarray()[:, entry.statement] == 1).sum()
            )
            passed = (votes.toarray()[:, entry.statement] == 0) & voted.toarray()[
                :, entry.statement
            ]
            assert sum(group.passed for group in entry.groups) == passed.sum()


@pytest.mark.open_data
class TestPublishedConversations:
    # Where the published border between two groups is one of several equally good ones,
    # no method meets it: these two are read, but not compared.
    AMBIGUOUS = ("football-concussions", "scoop-hivemind.affordable-housing")

    def test_meets_the_published_groups(self):
        folder = open_data("polis")
        scores = {}
        for name in CONVERSATIONS:
            if name in self.AMBIGUOUS:
                continue
            votes, voted, published, removed = read_conversation(folder / name)
            found = find_groups(votes, voted, removed=removed, k=len(set(published) - {-1}))
            both = (published >= 0) & (found.labels >= 0)
            scores[name] = adjusted_rand(published[both], found.labels[both])
        assert min(scores.values()) > 0.8, scores
        assert np.mean(list(scores.values())) > 0.88, scores

    @pytest.mark.parametrize("name", AMBIGUOUS)
    def test_reads_every_conversation_to_the_end(self, name):
        votes, voted, _, removed = read_conversation(open_data("polis") / name)
        found = find_groups(votes, voted, removed=removed)
        assert found.k >= 2 and (found.labels >= 0).sum() > 250
