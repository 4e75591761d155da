"""What can go wrong for a person, said in a sentence that tells what to do.

Commands raise these; the faces turn them into a re-shown form, an error page or problem+json.
"""

from __future__ import annotations

from collections.abc import Mapping


class DomainError(Exception):
    """A refusal with a sentence for the person (translatable) and the fitting HTTP status."""

    status = 409
    # Where to go from here: the words of a link and its address, such as to one's drafts.
    way_on: tuple[str, str] | None = None

    def __init__(self, message: str, *, status: int | None = None, retry_after: int | None = None):
        super().__init__(message)
        self.message = message
        self.retry_after = retry_after
        if status is not None:
            self.status = status


class FieldErrors(DomainError):
    """One sentence for each field that has to be changed; status 422."""

    status = 422

    def __init__(self, errors: Mapping[str, str]):
        super().__init__(next(iter(errors.values())))
        self.errors = dict(errors)


class NotFound(DomainError):
    """The thing does not exist, or not for this person: the two must look the same."""

    status = 404


class Forbidden(DomainError):
    """The person may see the thing but not do this with it."""

    status = 403


class Conflict(DomainError):
    """Somebody else was first, or the thing has changed meanwhile."""

    status = 409


class Gone(DomainError):
    """The thing was here and was taken away; `way_on` leads to what is like it."""

    status = 410

    def __init__(self, message: str, way_on: tuple[str, str] | None = None):
        super().__init__(message)
        self.way_on = way_on


class TooMany(DomainError):
    """A limit is reached; `retry_after` says in how many seconds to come back."""

    status = 429
