"""Measures the page of an idea with 50 comments and with 5,000, in every order and at its end.

`python -m bench.conversation [--comments 50 5000] [--requests 200]` prints JSON: for each page the
statements it takes and its time inside one process (no network, no other load), median and 95 of
100, and how it grows from the first number of comments to the last. Half of the comments are
first-level ones; one of them has a fifth of all comments as replies.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import insert, select, update

from bench import counting, seeding
from config import Config
from dialogue.app import create_app
from dialogue.kernel import clock, ids
from dialogue.kernel.db import db, transaction
from dialogue.participation.models import (
    Contribution,
    Kind,
    Participant,
    Revision,
    RevisionState,
)

ROOT = Path(__file__).resolve().parent.parent
MOST_MS, MOST_GROWTH = 300, 1.5  # of p95; M4 of the product asks for the first


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comments", type=int, nargs="+", default=[50, 5000])
    parser.add_argument("--requests", type=int, default=200, help="of each page")
    wanted = parser.parse_args()
    measured = {str(number): of(number, wanted.requests) for number in wanted.comments}
    first, last = measured[str(wanted.comments[0])], measured[str(wanted.comments[-1])]
    # Time grows with what a page shows, so only pages that show as much are compared.
    growth = {
        name: round(last[name]["p50_ms"] / page["p50_ms"], 2)
        for name, page in first.items()
        if last[name]["shown"] <= 1.1 * page["shown"]
    }
    slowest = max(page["p95_ms"] for page in last.values())
    figures = {
        f"p95 of the slowest page ≤ {MOST_MS} ms": slowest <= MOST_MS,
        f"no page grows more than {MOST_GROWTH} times": max(growth.values()) <= MOST_GROWTH,
        "statements are the same": all(
            last[name]["statements"] == page["statements"] for name, page in first.items()
        ),
    }
    json.dump({"figures": figures, "growth": growth, "measured": measured}, sys.stdout, indent=2)
    print()
    return 0 if all(figures.values()) else 1


def of(comments: int, requests: int) -> dict[str, Any]:
    """Every page of one size."""
    folder = Path(tempfile.mkdtemp(prefix="dialogue-bench-"))
    try:
        app = create_app(Config(INSTANCE=folder))
        with app.app_context():
            upgrade(str(ROOT / "migrations"))
            idea = seeding.plant(20, clock.now()).busy_idea
            long = plant(idea, comments)
        return {name: time_of(app, path, requests) for name, path in pages(app, idea, long).items()}
    finally:
        shutil.rmtree(folder)


def plant(idea_id: int, number: int) -> int:
    """Give an idea `number` comments more; returns the first-level one with very many replies."""
    dice, now = random.Random(7), clock.now()
    with transaction():
        idea = db.session.get_one(Contribution, idea_id)
        people = list(
            db.session.scalars(
                select(Participant.id).where(Participant.dialogue_id == idea.dialogue_id)
            )
        )
        shared = {"dialogue_id": idea.dialogue_id, "kind": Kind.COMMENT, "idea_id": idea_id}
        made: list[int] = []
        for _comment in range(number):
            at = now - timedelta(seconds=number - len(made))
            values = shared | {
                "participant_id": dice.choice(people),
                "tracking": ids.tracking_number(),
                "created_at": at,
                "published_at": at,
                "helpful": dice.choice((0, 0, 0, 1, 2, 5)),
            }
            made += db.session.execute(insert(Contribution).values(values)).inserted_primary_key
        roots = made[: max(1, number // 2)]
        for place, comment in enumerate(made):
            is_root = place < len(roots)
            answered = roots[0] if place % 5 in (1, 3) else dice.choice(roots)
            words = " ".join(dice.choices(seeding.WORDS, k=30))
            revision = db.session.execute(
                insert(Revision).values(
                    contribution_id=comment,
                    number=1,
                    state=RevisionState.PUBLISHED,
                    source=words,
                    html=f"<p>{words}</p>",
                    plain=words,
                    sanitizer_version="1",
                    sha256="-",
                    created_at=now,
                )
            ).inserted_primary_key[0]
            db.session.execute(
                update(Contribution)
                .where(Contribution.id == comment)
                .values(
                    root_id=comment if is_root else answered,
                    reply_to_id=None if is_root else answered,
                    published_revision_id=revision,
                    fragment=f"<p>{words}</p>",
                    state="published",
                    listed=True,
                )
            )
        idea.comments += number
        return roots[0]


def pages(app: Flask, idea_id: int, long: int) -> dict[str, str]:
    """Name → address of what is read."""
    with app.app_context():
        slug = db.session.get_one(Contribution, idea_id).slug
        newest = db.session.scalars(
            select(Contribution.id)
            .where(Contribution.idea_id == idea_id, Contribution.root_id == long)
            .order_by(Contribution.id.desc())
        ).first()
    idea = f"/d/{seeding.SLUG}/ideas/{idea_id}-{slug}"
    last = app.test_client().get(f"/c/{newest}").headers["Location"].partition("#")[0]
    return {
        "oldest first": idea,
        "newest first": f"{idea}?comments=newest",
        "most helpful first": f"{idea}?comments=helpful",
        "last page": _last_page(app, idea),
        "one thread": f"{idea}?thread={long}",
        "end of one thread": last,
    }


def _last_page(app: Flask, idea: str) -> str:
    path = idea
    while True:
        html = app.test_client().get(path).text
        link = re.search(r'rel="next" href="([^"#]*)', html)
        if link is None:
            return path
        path = link[1].replace("&amp;", "&")


def time_of(app: Flask, path: str, requests: int) -> dict[str, float]:
    client = app.test_client(use_cookies=False)
    headers = {"Cookie": "fresh=1"}  # a cookie: no copy is kept for its holder
    client.get(path, headers=headers)
    times = []
    for _request in range(requests):
        began = time.perf_counter()
        assert client.get(path, headers=headers).status_code == 200, path
        times.append(1000 * (time.perf_counter() - began))
    times.sort()
    return {
        "shown": client.get(path, headers=headers).text.count('class="comment"'),
        "statements": counting.statements(app, path, headers["Cookie"]),
        "p50_ms": round(statistics.median(times), 2),
        "p95_ms": round(times[int(0.95 * len(times))], 2),
    }


if __name__ == "__main__":
    sys.exit(main())
