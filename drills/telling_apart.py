"""Asking two hundred times whether an address has an account, in each of six ways.

Promised: the answers take as long for an address with an account as for one without: the medians
lie within 5 ms of each other, or the two cannot be told apart (Mann-Whitney, p > .01).
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import time

from scipy.stats import mannwhitneyu

from drills import figures
from drills.figures import Figure
from drills.world import Account, World, planted
from tests.accounts.flows import FLOWS
from tests.pages import Browser

SETTINGS = {
    "DIALOGUE_MAILS_PER_HOUR": "1000000",
    "DIALOGUE_ACCOUNTS_PER_HOUR": "1000000",
    "DIALOGUE_SIGN_IN_TRIES": "1000000",
    "DIALOGUE_ADDRESSES_PER_DAY": "1000000",
}


def drill() -> list[Figure]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=200)
    samples = parser.parse_args().samples
    with planted(**SETTINGS) as world:
        known, asker = world.people(2)
        return [figure for flow in FLOWS for figure in measure(world, flow, known, asker, samples)]


def measure(world: World, flow: str, known: Account, asker: Account, samples: int) -> list[Figure]:
    browser = Browser(world.app)
    if flow == "change the address":
        browser.sign_in(asker.email)
    strangers = (f"nobody-{number}@drill.example.org" for number in itertools.count())
    times: dict[bool, list[float]] = {True: [], False: []}
    for number in range(samples + 10):
        for is_known in (True, False) if number % 2 else (False, True):
            email = known.email if is_known else next(strangers)
            began = time.perf_counter()
            FLOWS[flow](browser, email)
            if number >= 10:  # the first ones warm up
                times[is_known].append(time.perf_counter() - began)
    apart = 1000 * abs(statistics.median(times[True]) - statistics.median(times[False]))
    p = float(mannwhitneyu(times[True], times[False]).pvalue)
    return [
        Figure(
            f"{flow}: medians apart ms", round(apart, 3), "< 5, or p > .01", apart < 5 or p > 0.01
        ),
        figures.seen(f"{flow}: p", p),
    ]


if __name__ == "__main__":
    figures.main(drill)
