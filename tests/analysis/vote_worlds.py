"""Made-up vote matrices with known groups, for tests and benchmarks."""

import numpy as np
import scipy.sparse as sp


def vote_world(people, statements, groups, votes_each, seed):
    """(votes, voted, true group of each person): each group agrees with a part of the
    statements."""
    rng = np.random.default_rng(seed)
    profile = rng.choice([0.1, 0.5, 0.9], size=(groups, statements))
    if groups == 1:
        profile[:] = 0.5
    truth = rng.integers(0, groups, people)
    votes = np.zeros((people, statements), np.int8)
    voted = np.zeros((people, statements), bool)
    for person in range(people):
        columns = rng.choice(statements, votes_each, replace=False)
        agrees = rng.random(votes_each) < profile[truth[person], columns]
        passes = rng.random(votes_each) < 0.1
        votes[person, columns] = np.where(passes, 0, np.where(agrees, 1, -1))
        voted[person, columns] = True
    return sp.csr_array(votes), sp.csr_array(voted), truth
