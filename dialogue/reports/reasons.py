"""Why a report could not be made, in a sentence for the officer; the log has the rest."""

from __future__ import annotations

import errno

from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError

from dialogue.kernel.db import DatabaseBusy
from dialogue.reports.render.kinds import CannotRender


class LeaseLost(Exception):
    """Another worker has taken over, or the report was cancelled: stop, change nothing."""


class PartFailed(Exception):
    """A part of the work failed for good; `sentence` tells the officer why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def is_final(problem: Exception) -> bool:
    """Tell whether trying once more is of no use."""
    return isinstance(problem, CannotRender) or _is_full(problem)


def sentence(problem: Exception) -> str:
    """Return what the officer reads."""
    if _is_full(problem):
        return _("There is no space left on the server's disk.")
    if isinstance(problem, CannotRender | PartFailed):
        return problem.sentence
    if isinstance(problem, SQLAlchemyError | DatabaseBusy):
        return _("The database did not answer.")
    if isinstance(problem, MemoryError):
        return _("The server's memory was not enough.")
    return _("Something went wrong that we did not foresee.")


def _is_full(problem: Exception) -> bool:
    return isinstance(problem, OSError) and problem.errno in (errno.ENOSPC, errno.EDQUOT)
