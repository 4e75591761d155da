"""Gives equal 64-bit keys the same small number, in linear time: no sorting of millions of keys."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_ODD = np.uint64(0x9E3779B97F4A7C15)
_TABLE_BITS = (12, 22)  # of the table that keys are dropped into; up to 16 MB
_FEW = 2_000  # what is left is sorted


def number(keys: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(numbers (n,) of the keys, firsts (k,)): equal keys have equal numbers below k, and the key
    with number j stands at `firsts[j]`.

    Keys are dropped into a table at a place that follows from the key; those that find themselves
    there are done, those that another key pushed out try again elsewhere. Deterministic. O(n).
    """
    if keys.size <= _MANY:
        return _at_once(keys)
    # One share after the other needs little memory at a time.
    share = (mix(keys) >> np.uint64(56)).astype(np.uint8)
    parts = min(256, -(-keys.size // _MANY))
    numbers = np.empty(keys.size, dtype=np.int64)
    firsts = []
    known = 0
    for part in range(parts):
        mine = np.flatnonzero(share % parts == part)
        of_mine, first = _at_once(keys[mine])
        numbers[mine] = of_mine + known
        firsts.append(mine[first])
        known += first.size
    return numbers, np.concatenate(firsts)


def _at_once(keys: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    numbers = np.empty(keys.size, dtype=np.int64)
    firsts: list[NDArray[np.int64]] = []
    left, mine = np.arange(keys.size), keys
    known = 0
    for factor in _FACTORS:
        if left.size <= _FEW:
            break
        bits = min(max(left.size.bit_length(), _TABLE_BITS[0]), _TABLE_BITS[1])
        places = ((mine * factor) >> np.uint64(64 - bits)).view(np.int64)
        table = np.zeros(1 << bits, dtype=np.int32)
        table[places] = np.arange(mine.size, dtype=np.int32)
        there = table[places]
        settled = mine[there] == mine
        done, there = np.flatnonzero(settled), there[settled]
        is_owner = np.zeros(mine.size, dtype=bool)
        is_owner[there] = True
        owners = np.flatnonzero(is_owner)
        table[places[owners]] = np.arange(known, known + owners.size, dtype=np.int32)
        numbers[left[done]] = table[places[done]]
        firsts.append(left[owners])
        known += owners.size
        again = np.flatnonzero(~settled)
        left, mine = left[again], mine[again]
    _, at, last = np.unique(mine, return_index=True, return_inverse=True)
    numbers[left] = last + known
    firsts.append(left[at])
    return numbers, np.concatenate(firsts)


def mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spreads 64-bit numbers evenly (the finaliser of SplitMix64; Steele et al. 2014)."""
    mixed = values + _ODD
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed ^= mixed >> np.uint64(shift)
        mixed *= np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    return mixed


_MANY = 8_000_000
# Odd numbers without a pattern, one for each try (multiplicative hashing: Knuth, vol. 3, 6.4).
_FACTORS = mix(np.arange(12, dtype=np.uint64)) | np.uint64(1)
