"""Agreement of two labellings, for tests and benchmarks."""

import math
from collections import Counter


def mutual_information(first, second):
    """Normalised mutual information (arithmetic mean) of two labellings."""
    n = len(first)
    one, two, both = Counter(first), Counter(second), Counter(zip(first, second, strict=True))
    shared = sum(c / n * math.log(c * n / (one[a] * two[b])) for (a, b), c in both.items())
    spread = [-sum(c / n * math.log(c / n) for c in counts.values()) for counts in (one, two)]
    return 2 * shared / sum(spread)
