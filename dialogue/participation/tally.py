"""Pure arithmetic of votes: shares for people to read, keys for lists to sort by."""

from __future__ import annotations

import hashlib
import hmac
import math
from dataclasses import dataclass
from datetime import date

MILLION = 1_000_000


@dataclass(frozen=True)
class Tally:
    """The votes on one idea."""

    agree: int
    disagree: int
    passed: int

    @property
    def total(self) -> int:
        """Return the number of people who voted."""
        return self.agree + self.disagree + self.passed

    def shown(self) -> dict[str, int | tuple[int, int, int]]:
        """Return the counts as the vote box reads them."""
        return {
            "agree": self.agree,
            "disagree": self.disagree,
            "passes": self.passed,
            "total": self.total,
            "percents": self.percents,
        }

    @property
    def percents(self) -> tuple[int, int, int]:
        """Return agree, disagree, pass in whole percent that add up to 100 (0, 0, 0 without votes).

        Largest remainders (Hamilton): each is at most one point off.
        """
        if not self.total:
            return (0, 0, 0)
        counts = (self.agree, self.disagree, self.passed)
        floors = [100 * count // self.total for count in counts]
        by_remainder = sorted(range(3), key=lambda i: (-(100 * counts[i] % self.total), i))
        for i in by_remainder[: 100 - sum(floors)]:
            floors[i] += 1
        return (floors[0], floors[1], floors[2])


def agreement(agree: int, total: int) -> int:
    """Return the lower bound of the 95 % Wilson interval of agree/total, in millionths."""
    if total == 0:
        return 0
    z = 1.959964
    share = agree / total
    centre = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return int(MILLION * (centre - spread) / (1 + z * z / total))


def mix_key(idea_id: int, votes: int, age_days: float, day: date, *, secret: str) -> int:
    """Return the place of an idea in the fair mix of a day: the highest key stands first.

    A weighted shuffle (Efraimidis and Spirakis 2006): each day's order is new, reproducible, and
    ideas with few votes or younger than two days come to the top more often. Without the `secret`
    of the installation nobody can tell votes from places.
    """
    drawn = f"{day.isoformat()}:{idea_id}".encode()
    digest = hmac.new(secret.encode(), drawn, hashlib.sha256).digest()
    uniform = (int.from_bytes(digest[:6], "big") + 1) / (2**48 + 1)
    weight = (2.0 if age_days < 2 else 1.0) / math.sqrt(1 + votes)
    # The logarithm of the textbook's key: the same order, and ideas with a thousand votes do not
    # all end at nought. The bound is the column's.
    return max(int(MILLION * math.log(uniform) / weight), -(2**31) + 1)
