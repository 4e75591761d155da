"""A report in parts: whoever carries them out, however they are cut, it is the same report; and
whoever dies on the way, it is made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from flask import Flask
from sqlalchemy import func, select, update

from dialogue.accounts.models import User
from dialogue.analysis.duplicates import find_campaigns
from dialogue.dialogues.models import Dialogue
from dialogue.kernel import clock
from dialogue.kernel.db import db, transaction
from dialogue.kernel.outbox import OutboxEvent
from dialogue.reports import build, job, model, showing
from dialogue.reports.commands import making, parts
from dialogue.reports.folder import files_folder
from dialogue.reports.models import Report, ReportPart, ReportState
from dialogue.reports.parts import sharing
from dialogue.reports.parts.crew import Alone, Results, cut
from dialogue.reports.parts.parcels import Damaged, Parcels
from dialogue.reports.parts.sharing import Shared
from dialogue.reports.parts.works import CLASSES, FUNCTIONS
from dialogue.reports.reading import read_snapshot
from dialogue.reports.reasons import LeaseLost, PartFailed
from dialogue.reports.snapshot import Text
from dialogue.reports.steps import STAGES, Step, percent_of
from tests.reports.conversation import START, hold, officer
from tests.reports.said import VIEWS, say

LATER = START + timedelta(days=30)
_CHANCE = Random(4)
# Sixty people on three views, and eight who sent the same letter.
COMMENTS = [(n % 8, n, say(VIEWS[n % 3], _CHANCE)) for n in range(60)] + [
    (n, n, f"Please keep the office in the valley open on Saturdays and say so {'now ' * n}")
    for n in range(8)
]
LETTERS = [f"Please keep the office in the valley open on Saturdays, {n} of us" for n in range(12)]


@pytest.fixture
def dialogue(context: Flask) -> Dialogue:
    return hold(comments=COMMENTS)


@pytest.fixture
def actor(context: Flask) -> User:
    return officer()


class TestParcels:
    VALUES: tuple[Any, ...] = (
        None,
        -0.0,
        0.1 + 0.2,
        [True, 1, None, 2.5],
        "Zoë 🙂 \x00",
        b"\x00\xff",
        ["word", ""] * 80,
        (1, ("two", [3.0])),
        {1: "one", "2": {"three": []}},
        [Text(n, "idea", None, "", n, "Title", "Body", "en", n, 1) for n in range(3)],
    )

    @pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
    def test_give_back_what_was_put_in(self, tmp_path: Path, value: object) -> None:
        parcels = Parcels(tmp_path, CLASSES)
        back = parcels.get(parcels.put(value))
        assert repr(back) == repr(value)

    def test_give_back_arrays_to_the_last_bit(self, tmp_path: Path) -> None:
        parcels = Parcels(tmp_path, CLASSES)
        floats = np.random.default_rng(0).standard_normal((5, 3))
        matrix = sp.csr_array(np.eye(4, dtype=np.int8))
        back_floats, back_matrix = parcels.get(parcels.put([floats, matrix]))
        assert back_floats.tobytes() == floats.tobytes()
        assert back_matrix.shape == (4, 4)
        assert (back_matrix.dtype, back_matrix.indices.dtype) == (np.int8, matrix.indices.dtype)
        assert (back_matrix != matrix).nnz == 0

    def test_hold_a_shared_array_once(self, tmp_path: Path) -> None:
        parcels = Parcels(tmp_path, CLASSES)
        shared = np.arange(1000)
        assert parcels.put([shared, 1]) != parcels.put([shared, 2])
        assert len(list(tmp_path.glob("*.npy"))) == 1

    def test_are_read_whole_or_not_at_all(self, tmp_path: Path) -> None:
        parcels = Parcels(tmp_path, CLASSES)
        name = parcels.put([np.arange(9)])
        (array,) = tmp_path.glob("*.npy")
        array.write_bytes(array.read_bytes()[:-1] + b"?")
        for _again in range(2):
            with pytest.raises(Damaged):
                parcels.get(name)
        assert Parcels(tmp_path, CLASSES).put([np.arange(9)]) == name
        assert parcels.get(name)[0].tolist() == [*range(9)]

    def test_take_nothing_that_is_not_named(self, tmp_path: Path) -> None:
        parcels = Parcels(tmp_path, CLASSES)
        with pytest.raises(TypeError, match="datetime does not travel"):
            parcels.put([START])
        with pytest.raises(ValueError, match="allow_pickle"):
            parcels.put(np.array([START], dtype=object))


class TestStages:
    def test_each_has_its_place_on_the_way(self) -> None:
        assert set(STAGES) == set(FUNCTIONS)
        ways = list(STAGES.values())
        assert ways == sorted(ways)
        assert all(first < last for first, last in ways)
        assert [percent_of("themes_of", done, 3) for done in (0, 1, 3)] == [20, 25, 35]


class TestCut:
    def test_keeps_every_unit_in_its_order(self) -> None:
        units = [(n,) for n in range(10)]
        for number in (1, 3, 7, 10, 99):
            found = cut(units, number)
            assert [unit for part in found for unit in part] == units
            assert len(found) == min(number, 10)
        assert cut([], 4) == []


class TestTheDocument:
    def test_is_the_same_in_any_number_of_parts(self, dialogue: Dialogue) -> None:
        snapshot = read_snapshot(dialogue, LATER)
        whole = model.to_bytes(build.build(snapshot))
        document = json.loads(whole)
        assert document["themes"]["list"]
        assert document["groups"]["list"]
        assert any(scope["list"] for scope in document["key_points"]["topics"])
        assert document["campaigns"]["list"]
        for shards in (1, 2, 7):
            assert model.to_bytes(build.build(snapshot, crew=Alone(shards))) == whole

    def test_is_the_same_when_workers_may_share_it(
        self, context: Flask, monkeypatch: pytest.MonkeyPatch, dialogue: Dialogue, actor: User
    ) -> None:
        whole = build.build(read_snapshot(dialogue, clock.now()))
        monkeypatch.setitem(context.config, "REPORT_SHARDS", 3)
        report_id = ask(dialogue, actor)
        told: list[int] = []
        move_on = making.move_on

        def listen(*, percent: int, **given: Any) -> bool:
            told.append(percent)
            return move_on(percent=percent, **given)

        monkeypatch.setattr(making, "move_on", listen)
        assert job.run(report_id)
        assert told == sorted(told), "a report never goes back"
        assert len(set(told)) > len(Step)
        report = db.session.get_one(Report, report_id, populate_existing=True)
        assert showing.document_of(report)["sha256"] == whole["sha256"]
        assert left_of(report_id) == (0, False)
        said = db.session.scalars(select(OutboxEvent).where(OutboxEvent.name == "PartsLaidOut"))
        assert said.all()


class TestShared:
    """One stage, taken apart: what each of two workers would do, one after the other."""

    @pytest.fixture
    def report_id(
        self, context: Flask, dialogue: Dialogue, actor: User, monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[int]:
        monkeypatch.setitem(context.config, "REPORT_SHARDS", 3)
        monkeypatch.setitem(context.config, "REPORT_HELPERS", 1)
        return ask(dialogue, actor)

    def test_is_finished_by_one_alone(self, report_id: int) -> None:
        results = begin(report_id, "maker")
        assert [found.labels.tolist() for found in results()] == expected()

    def test_is_finished_by_who_helps(self, report_id: int) -> None:
        results = begin(report_id, "maker")
        assert sharing.help_out(report_id) == 3
        assert {part.lease_holder for part in rows(report_id)}.isdisjoint({"maker"})
        assert [found.labels.tolist() for found in results()] == expected()

    def test_lets_in_no_more_helpers_than_may_help(self, report_id: int) -> None:
        begin(report_id, "maker")
        assert take(report_id, "first", helpers=1) is not None
        assert take(report_id, "second", helpers=1) is None
        assert take(report_id, "maker") is not None
        assert take(report_id, "second", helpers=2) is not None

    def test_takes_over_from_a_helper_that_went_silent(self, report_id: int) -> None:
        results = begin(report_id, "maker")
        with transaction():
            taken = parts.take(
                report_id=report_id,
                holder="killed",
                lease=timedelta(seconds=0.5),
                tries=3,
                now=clock.now(),
            )
        assert taken is not None
        assert [found.labels.tolist() for found in results()] == expected()
        with transaction():  # it comes back, too late
            assert not parts.finish(part_id=taken.id, holder="killed", result="nonsense")

    def test_does_nothing_twice_for_the_next_who_makes_the_report(self, report_id: int) -> None:
        begin(report_id, "killed")
        assert sharing.help_out(report_id) == 3
        results = begin(report_id, "next")
        assert [part.attempts for part in rows(report_id)] == [1, 1, 1]
        assert [found.labels.tolist() for found in results()] == expected()
        assert [part.attempts for part in rows(report_id)] == [1, 1, 1]

    def test_does_again_what_is_given_otherwise(self, report_id: int) -> None:
        begin(report_id, "killed")
        sharing.help_out(report_id)
        results = begin(report_id, "next", LETTERS[:-1])
        assert len(results()) == 3
        assert len(results()[2].labels) == len(LETTERS) // 3 - 1

    def test_does_again_whose_result_is_damaged(self, report_id: int) -> None:
        results = begin(report_id, "maker")
        sharing.help_out(report_id)
        (work(report_id) / f"{rows(report_id)[1].result}.json").write_text("[]")
        assert [found.labels.tolist() for found in results()] == expected()
        assert [part.attempts for part in rows(report_id)] == [1, 2, 1]

    def test_stops_when_it_is_cancelled(self, report_id: int, actor: User) -> None:
        results = begin(report_id, "maker")
        assert take(report_id, "helper") is not None
        with transaction():
            report = db.session.get_one(Report, report_id)
            making.cancel(report=report, actor_id=actor.id, now=clock.now())
        assert sharing.help_out(report_id) == 0
        with pytest.raises(LeaseLost):
            results()
        assert work(report_id).exists()
        job.sweep()
        assert left_of(report_id) == (0, False)

    def test_leaves_nothing_when_a_helper_is_ready_after_the_end(
        self, report_id: int, actor: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        begin(report_id, "maker")
        put = Parcels.put

        def put_late(parcels: Parcels, value: object) -> str:
            with transaction():
                report = db.session.get_one(Report, report_id)
                making.cancel(report=report, actor_id=actor.id, now=clock.now())
            job.sweep()
            assert not work(report_id).exists()
            return put(parcels, value)

        monkeypatch.setattr(Parcels, "put", put_late)
        assert sharing.help_out(report_id) == 1
        assert left_of(report_id) == (0, False)

    def test_fails_for_good_after_three_tries(self, report_id: int) -> None:
        results = begin(report_id, "maker", [None] * 3)
        with pytest.raises(PartFailed, match="did not foresee"):
            results()
        assert max(part.attempts for part in rows(report_id)) == 3

    def test_fails_for_good_when_it_kills_who_takes_it(self, report_id: int) -> None:
        results = begin(report_id, "maker")
        with transaction():
            db.session.execute(
                update(ReportPart).values(
                    state="held", attempts=3, lease_until=clock.now() - timedelta(seconds=1)
                )
            )
        with pytest.raises(PartFailed, match="interrupted 3 times"):
            results()


class TestAnEnd:
    def test_leaves_no_words_behind(
        self, context: Flask, dialogue: Dialogue, actor: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Also when the report fails: here, because its parts cannot be read by anybody."""
        monkeypatch.setitem(context.config, "REPORT_SHARDS", 2)
        seen = []

        def torn(parcels: Parcels, name: str) -> object:
            seen.append(len(list(work(report_id).glob("*.json"))))
            raise MemoryError

        monkeypatch.setattr(Parcels, "get", torn)
        report_id = ask(dialogue, actor)
        assert not job.run(report_id)
        report = db.session.get_one(Report, report_id, populate_existing=True)
        assert (report.state, report.reason) == (
            ReportState.FAILED,
            "The server's memory was not enough.",
        )
        assert max(seen) > 0
        assert left_of(report_id) == (0, False)


def ask(dialogue: Dialogue, actor: User) -> int:
    with transaction():
        report = making.request_report(dialogue=dialogue, actor_id=actor.id, now=datetime.now(UTC))
    return report.id


def begin(report_id: int, holder: str, texts: list[Any] = LETTERS) -> Results:
    """Take the report over and lay out one stage of three parts."""
    with transaction():
        db.session.execute(
            update(Report)
            .where(Report.id == report_id)
            .values(
                state="running", lease_holder=holder, lease_until=clock.now() + timedelta(hours=1)
            )
        )
    third = len(LETTERS) // 3
    units = [(texts[start : start + third],) for start in range(0, len(LETTERS), third)]
    crew = Shared(report_id, holder, lambda _stage, _done, _of: None)
    return crew.begin(find_campaigns, units, seconds=99)


def expected() -> list[list[int]]:
    return [find_campaigns(LETTERS[n : n + 4]).labels.tolist() for n in (0, 4, 8)]


def take(report_id: int, holder: str, helpers: int | None = None) -> ReportPart | None:
    with transaction():
        return parts.take(
            report_id=report_id,
            holder=holder,
            lease=timedelta(seconds=60),
            tries=3,
            now=clock.now(),
            helpers=helpers,
        )


def rows(report_id: int) -> list[ReportPart]:
    found = list(parts.of_stage(report_id, "find_campaigns"))
    db.session.commit()
    return found


def work(report_id: int) -> Path:
    return files_folder() / "reports" / str(report_id) / sharing.WORK


def left_of(report_id: int) -> tuple[int, bool]:
    """Rows of parts, and whether the folder is there."""
    number = db.session.scalar(
        select(func.count()).select_from(ReportPart).where(ReportPart.report_id == report_id)
    )
    return number or 0, work(report_id).exists()
