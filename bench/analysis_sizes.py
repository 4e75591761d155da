"""One whole report of made-up contributions and votes: CPU seconds by step, and memory.

`python -m bench.analysis_sizes 100000` prints JSON. `measure` runs it as a program of its own, so
that the memory is that of this report alone, and ends it when it takes too long. Contributions are
those of the campaign generator (half of them in campaigns), one in ten an idea; a person writes
two, and votes on fifteen ideas. What is measured is `build`: from the frozen input to the document.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, date, datetime
from time import process_time
from typing import Any

import numpy as np

from bench import memory
from bench.threads import one_thread_only
from dialogue.reports.build import build
from dialogue.reports.snapshot import DialogueFacts, Moderation, Snapshot, Text, TopicFacts, Votes
from dialogue.reports.steps import Step
from tests.analysis.made_up_texts import campaign_corpus

MINUTES = {10_000: 5, 100_000: 15, 1_000_000: 40}  # that a size may take, by the clock
TOPICS, DAYS, VOTES_EACH = 8, 60, 15
_FIRST_DAY = date(2026, 3, 1).toordinal()


def measure(size: int) -> dict[str, Any]:
    """Return the figures of one size, or what went wrong."""
    command = [sys.executable, "-m", "bench.analysis_sizes", str(size)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=60 * MINUTES[size]
        )
    except subprocess.TimeoutExpired:
        return {"failed": f"not done within {MINUTES[size]} minutes"}
    except subprocess.CalledProcessError as problem:
        return {"failed": f"exit status {problem.returncode}: {problem.stderr.strip()[-300:]}"}
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> None:
    one_thread_only("bench.analysis_sizes")
    frozen = snapshot(int(sys.argv[1]))
    memory.forget()
    before = memory.peak_mb()
    steps: dict[str, float] = {}
    began = last = process_time()
    current = ""

    def note(step: Step) -> None:
        nonlocal last, current
        now = process_time()
        if current:
            steps[current] = round(steps.get(current, 0) + now - last, 2)
        current, last = str(step), now

    document = build(frozen, note)
    note(Step.MAKING_FILES)
    figures = {
        "contributions": len(frozen.texts),
        "votes": len(frozen.votes),
        "seconds": round(process_time() - began, 2),
        "steps": steps,
        "memory_before_mb": before,
        "peak_memory_mb": memory.peak_mb(),
        "in_a_key_point": document["coverage"]["in_a_key_point"]["share"],
    }
    json.dump(figures, sys.stdout)


def snapshot(size: int) -> Snapshot:
    """A dialogue of so many contributions."""
    wordings, _, _ = campaign_corpus(size, 7)
    rng = np.random.default_rng(7)
    people = max(20, size // 2)
    ideas = max(20, size // 10)
    texts = []
    for number, wording in enumerate(wordings):
        is_idea = number < ideas
        title, _, body = wording.partition(". ") if is_idea else ("", "", wording)
        texts.append(
            Text(
                id=number + 1,
                kind="idea" if is_idea else "comment",
                idea_id=None if is_idea else number % ideas + 1,
                topic=f"topic-{number % TOPICS}" if is_idea else "",
                revision=number + 1,
                title=title,
                plain=body,
                language="en",
                author=int(number % people),
                day=_FIRST_DAY + number % DAYS,
            )
        )
    person = np.repeat(np.arange(people), VOTES_EACH)
    idea = rng.integers(0, ideas, person.size)
    cells = np.unique(person * ideas + idea)
    person, idea = cells // ideas, cells % ideas
    profile = rng.choice([0.15, 0.5, 0.85], size=(3, ideas))
    agrees = rng.random(cells.size) < profile[person % 3, idea]
    return Snapshot(
        dialogue=DialogueFacts("size", "Size", "How large?", "en", "UTC", False),
        until=datetime(2026, 5, 1, tzinfo=UTC),
        topics=tuple(TopicFacts(f"topic-{n}", f"Topic {n}") for n in range(TOPICS)),
        texts=tuple(texts),
        removed=(),
        votes=Votes(
            person,
            idea + 1,
            np.where(agrees, 1, -1).astype(np.int8),
            np.full(cells.size, _FIRST_DAY, dtype=np.int64),
        ),
        people=people,
        moderation=Moderation(size, size, {}, {}),
    )


if __name__ == "__main__":
    main()
