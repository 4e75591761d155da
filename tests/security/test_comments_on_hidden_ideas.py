"""A comment cannot be read while its idea is hidden, so no report made then speaks of it."""

from __future__ import annotations

from datetime import timedelta

from dialogue.dialogues.queries import dialogue_by_slug
from dialogue.kernel import clock
from dialogue.reports import queries, reading
from tests.cast import SLUG, Cast


def texts_of_report(cast: Cast) -> set[int]:
    with cast.app.app_context():
        dialogue = dialogue_by_slug(SLUG)
        assert dialogue is not None
        snapshot = reading.read_snapshot(dialogue, clock.now() + timedelta(seconds=1))
        return {text.id for text in snapshot.texts}


class TestACommentOnAWithdrawnIdea:
    def test_goes_into_no_report(self, cast: Cast) -> None:
        assert {cast.idea, cast.comment} <= texts_of_report(cast)
        cast.withdraw(cast.idea)
        assert not {cast.idea, cast.comment} & texts_of_report(cast)

    def test_may_not_be_quoted_any_more_by_a_report_made_before(self, cast: Cast) -> None:
        def public() -> set[int]:
            return cast.read(lambda: queries.shown_of([cast.idea, cast.comment]))

        assert public() == {cast.idea, cast.comment}
        cast.withdraw(cast.idea)
        assert public() == set()
