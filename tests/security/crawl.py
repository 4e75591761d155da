"""Asks every address that the product has, as one person, and hands over all that was answered.

Addresses come from the map of routes: each variable part gets every value that the database knows
for it. So a new route is asked by itself; one with a part that is not known here fails the test.
"""

from __future__ import annotations

import io
import itertools
import re
import subprocess
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from dialogue.accounts.models import Grant, User
from dialogue.dialogues.models import Dialogue, DialogueTopic
from dialogue.kernel.db import db
from dialogue.kernel.links import ExternalLink
from dialogue.moderation.models import ModerationDecision, QueueItem
from dialogue.participation.models import Contribution, Kind
from dialogue.reports.models import Report
from dialogue.reports.render.kinds import FORMATS
from tests.pages import Browser

# Lists that take words or keys: asked with each of these, too.
QUERIES = {
    "dialogue_home.show": ("sort=newest", "sort=discussed", "sort=agreed", "q={word}"),
    "idea_page.show": ("comments=newest", "comments=helpful", "reply={number}"),
    "similar.show": ("q={word}", "q={word}+{word}"),
    "search.show": ("q={word}", "q=%22{word}%22", "q={start}"),
    "moderation.queue": tuple(
        f"lane={lane}"
        for lane in ("new", "edited", "flagged", "appeals", "disowned", "safety", "decided")
    ),
}
# What changes what is seen by being asked (it signs out, or says that nothing is there).
NOT_ASKED = frozenset({"static", "accounts.sign_out"})


@dataclass(frozen=True)
class Answer:
    """What one address said to one person: its text, whatever the file was."""

    path: str
    status: int
    text: str


def crawl(browser: Browser, words: Sequence[str], *, is_staff: bool) -> Iterator[Answer]:
    """Every answer that a person gets, redirects followed once."""
    seen: set[str] = set()
    for path in paths(browser.app, words, is_staff=is_staff):
        answer = browser.client.get(path)
        yield Answer(path, answer.status_code, text_of(answer))
        place = answer.headers.get("Location", "").split("#")[0]
        if place.startswith("/") and place not in seen and "/account/" not in place:
            seen.add(place)
            led = browser.client.get(place)
            yield Answer(f"{path} → {place}", led.status_code, text_of(led))


def paths(app: Flask, words: Sequence[str], *, is_staff: bool) -> Iterator[str]:
    """Every address of the product for what is in the database; of the pages of staff the first
    few of each kind for people who are none, since they are closed for them whatever they show."""
    with app.app_context():
        values = _values()
    adapter = app.url_map.bind("localhost")
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
        if "GET" not in (rule.methods or ()) or rule.endpoint in NOT_ASKED:
            continue
        is_closed = rule.rule.startswith(("/mod", "/agency", "/admin"))
        for place, given in enumerate(_spread(_combinations(rule, values), is_closed)):
            if place >= 3 and is_closed and not is_staff:
                break
            path = adapter.build(rule.endpoint, given, "GET")
            yield path
            for query in QUERIES.get(rule.endpoint, ()) if place < 6 else ():
                numbers = values["comment_id"][:1] if "{number}" in query else [0]
                for word, number in itertools.product(
                    words if "{word}" in query or "{start}" in query else words[:1], numbers
                ):
                    yield f"{path}?{query.format(word=word, start=word[:6], number=number)}"


def _spread(given: Sequence[dict[str, Any]], is_closed: bool) -> Sequence[dict[str, Any]]:
    """All of them; of the pages of staff, of which there are many alike, an even dozen."""
    return given[:: max(1, len(given) // 12)] if is_closed else given


def _combinations(rule: Rule, values: dict[str, list[Any]]) -> Sequence[dict[str, Any]]:
    names = sorted(rule.arguments)
    # Numbers of rows that no list above holds: the first ones, and one that is not there.
    values = {name: [1, 9_999] for name in names if name.endswith("_id")} | values
    unknown = [name for name in names if name not in values]
    assert not unknown, f"{rule.rule}: the crawl knows no value for {unknown}"
    given = [
        dict(zip(names, one, strict=True))
        for one in itertools.product(*(values[name] for name in names))
    ]
    if "slug" not in names or len(names) == 1:
        return given
    # Everything at its own dialogue; at the others, where it is not, the first few.
    home, *elsewhere = values["slug"]
    strays = [[one for one in given if one["slug"] == slug][:4] for slug in elsewhere]
    return [one for one in given if one["slug"] == home] + list(itertools.chain(*strays))


def _values() -> dict[str, list[Any]]:
    """What can stand in an address, from the rows that there are."""
    ideas = db.session.scalars(select(Contribution.id).where(Contribution.kind == Kind.IDEA)).all()
    comments = db.session.scalars(
        select(Contribution.id).where(Contribution.kind == Kind.COMMENT)
    ).all()
    reports = db.session.execute(select(Report.id, Report.number)).all()
    return {
        "slug": list(db.session.scalars(select(Dialogue.slug))),
        "idea_id": [*ideas, 9_999],
        "reference": [*map(str, ideas), "9999"],
        "comment_id": [*comments, 9_999],
        "contribution_id": [*ideas, *comments],
        "user_id": list(db.session.scalars(select(User.id))),
        "grant_id": list(db.session.scalars(select(Grant.id))),
        "item_id": list(db.session.scalars(select(QueueItem.id))),
        "decision_id": list(db.session.scalars(select(ModerationDecision.id))) or [1],
        "report_id": [row.id for row in reports] or [1],
        "number": sorted({row.number for row in reports} or {1}),
        "kind": list(FORMATS),
        "link_id": list(db.session.scalars(select(ExternalLink.id))) or [1],
        "token": ["unknown"],
        "draft_id": [1, 2, 3],
        "family": ["ideas", "comments"],
        "key": list(db.session.scalars(select(DialogueTopic.slug).limit(1))),
    }


def text_of(answer: TestResponse) -> str:
    """All text of an answer, also of files that pack it."""
    return read(answer.get_data(), answer.mimetype) + "".join(
        f"\n{name}: {value}" for name, value in answer.headers if name not in {"Content-Length"}
    )


def read(content: bytes, kind: str) -> str:
    """The text of a file of some kind: a page, a PDF, a workbook, a packed folder."""
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = [read(packed.read(name), name) for name in packed.namelist()]
        # A word may be cut over several runs of a paper.
        return "\n".join(parts + [re.sub(r"<[^>]+>", "", part) for part in parts])
    if kind == "application/pdf":
        done = subprocess.run(
            ["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True
        )
        return done.stdout.decode(errors="replace")
    return content.decode("utf-8", "replace")
