"""Several workers make one report: parts in the database, values in files, nobody waits for nobody.

The worker that holds the report lays out the parts of a stage and calls others; then it takes
parts like everybody else until none is left. So one worker alone finishes, two share the work, and
of one that is killed another takes the part when its lease runs out. The broker carries nothing
but "come and look".
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog

from dialogue.kernel import clock, ids
from dialogue.kernel.db import db, transaction
from dialogue.kernel.settings import setting
from dialogue.reports import queries, reasons
from dialogue.reports.commands import parts
from dialogue.reports.folder import files_folder
from dialogue.reports.heartbeat import Heartbeat
from dialogue.reports.models import PartState
from dialogue.reports.parts.crew import Function, Results, Unit, cut, number_of_parts
from dialogue.reports.parts.parcels import Damaged, Parcels
from dialogue.reports.parts.works import CLASSES, FUNCTIONS
from dialogue.reports.reasons import LeaseLost, PartFailed

WORK = "work"  # name of the folder of a report's parcels
_WORTH = 2.0  # seconds; a shorter stage is done by the one who needs it
_HELP_SECONDS = 5.0  # then a helper gives others a turn and is called again
_LOOK_SECONDS = 0.2  # between two looks at what others hold

log = structlog.get_logger()


@dataclass(frozen=True)
class Shared:
    """The crew of a report that is made by its holder and whoever helps.

    `told(stage, done, of)` hears how far the awaited stage is and raises LeaseLost when the report
    is not the holder's any more.
    """

    report_id: int
    holder: str
    told: Callable[[str, int, int], None]
    _begun: set[str] = field(default_factory=set)

    def begin(self, function: Function, units: Iterable[Unit], *, seconds: float) -> Results:
        """See Crew. A stage that is not worth it is done here, when its results are asked for."""
        shards = setting("REPORT_SHARDS")
        if not shards and seconds < _WORTH:
            return lambda: self._here(function, units)
        stage = function.__name__
        if FUNCTIONS.get(stage) is not function or stage in self._begun:
            raise LookupError(f"{stage} is no work, or was begun before.")
        self._begun.add(stage)
        parcels = _parcels(self.report_id)
        given = [parcels.put(part) for part in cut(list(units), shards or number_of_parts(seconds))]
        if not given:
            return list
        with transaction():
            held = parts.lay_out(
                report_id=self.report_id,
                holder=self.holder,
                stage=stage,
                given=given,
                helpers=setting("REPORT_HELPERS"),
                now=clock.now(),
            )
        if not held:
            raise LeaseLost
        return lambda: self._results(stage, len(given))

    def _here(self, function: Function, units: Iterable[Unit]) -> list[Any]:
        total = len(units) if isinstance(units, list) else 0
        results = []
        for place, unit in enumerate(units):
            if total:
                self.told(function.__name__, place, total)
            results.append(function(*unit))
        return results

    def _results(self, stage: str, number: int) -> list[Any]:
        """Work until every part of a stage is done; return the results of its units in order."""
        parcels = _parcels(self.report_id)
        while True:
            states = parts.of_stage(self.report_id, stage)
            db.session.commit()  # nothing is read while the work goes on
            if len(states) < number:
                raise LeaseLost
            failed = [part for part in states if part.state == PartState.FAILED]
            if failed:
                raise PartFailed(failed[0].error)
            # As plain values: a transaction lets go of what was read before it.
            done = [(part.id, part.result) for part in states if part.state == PartState.DONE]
            tries = setting("REPORT_ATTEMPTS")
            hopeless = any(p.attempts >= tries and p.state != PartState.DONE for p in states)
            self.told(stage, len(done), number)
            if len(done) == number:
                try:
                    return [result for _part, name in done for result in parcels.get(name)]
                except Damaged:
                    self._do_again(stage, done)
            if not _work_once(self.report_id, self.holder, first=stage):
                if hopeless:
                    self._end_hopeless()
                time.sleep(_LOOK_SECONDS)

    def _do_again(self, stage: str, done: Sequence[tuple[int, str]]) -> None:
        """Open the parts whose results cannot be read."""
        parcels = _parcels(self.report_id)
        for part_id, name in done:
            try:
                parcels.get(name)
            except Damaged:
                log.warning("report.part_damaged", report_id=self.report_id, stage=stage)
                with transaction():
                    parts.open_again(part_id=part_id)

    def _end_hopeless(self) -> None:
        with transaction():
            parts.end_hopeless(
                report_id=self.report_id, tries=setting("REPORT_ATTEMPTS"), now=clock.now()
            )


def help_out(report_id: int) -> int:
    """Carry out parts of a report for a little while; return how many.

    When more is left a worker is called again, behind what waits meanwhile: mails and screening
    never wait for more than one part.
    """
    holder, until, carried_out = ids.token(), time.monotonic() + _HELP_SECONDS, 0
    while _work_once(report_id, holder, helpers=setting("REPORT_HELPERS")):
        carried_out += 1
        if time.monotonic() > until:
            with transaction():
                parts.call_helper(report_id=report_id)
            break
    return carried_out


def remove_work(report_id: int) -> None:
    """Remove the parcels of a report that has ended."""
    shutil.rmtree(_folder(report_id), ignore_errors=True)


def remove_work_of_ended() -> int:
    """Remove parcels that somebody left who was killed; return of how many reports."""
    removed = 0
    for folder in (files_folder() / "reports").glob(f"*/{WORK}"):
        if queries.has_ended(int(folder.parent.name)):
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed


def _work_once(report_id: int, holder: str, *, first: str = "", helpers: int | None = None) -> bool:
    """Take one part and carry it out; False when there is none to be had."""
    lease = timedelta(seconds=setting("LEASE_SECONDS"))
    with transaction():
        part = parts.take(
            report_id=report_id,
            holder=holder,
            lease=lease,
            tries=setting("REPORT_ATTEMPTS"),
            now=clock.now(),
            first=first,
            helpers=helpers,
        )
    if part is None:
        return False
    part_id, stage, given, attempts = part.id, part.stage, part.given, part.attempts

    def renew() -> bool:
        return parts.renew(part_id=part_id, holder=holder, lease=lease, now=clock.now())

    try:
        with Heartbeat(renew, lease):
            result = _carry_out(report_id, stage, given)
    except Exception as problem:
        log.exception("report.part_failed", report_id=report_id, stage=stage)
        db.session.rollback()
        final = reasons.is_final(problem) or attempts >= setting("REPORT_ATTEMPTS")
        with transaction():
            kept = parts.give_back(
                part_id=part_id, holder=holder, error=reasons.sentence(problem), final=final
            )
    else:
        with transaction():
            kept = parts.finish(part_id=part_id, holder=holder, result=result)
    if not kept and queries.has_ended(report_id):
        remove_work(report_id)  # what is written after the end would stay
    return True


def _carry_out(report_id: int, stage: str, given: str) -> str:
    parcels = _parcels(report_id)
    function = FUNCTIONS[stage]
    return parcels.put([function(*unit) for unit in parcels.get(given)])


def _parcels(report_id: int) -> Parcels:
    return Parcels(_folder(report_id), CLASSES)


def _folder(report_id: int) -> Path:
    return files_folder() / "reports" / str(report_id) / WORK
