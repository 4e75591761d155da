"""Addresses in texts that nobody may read yet cannot be found by counting."""

from __future__ import annotations

from sqlalchemy import select

from dialogue.kernel.db import db
from dialogue.kernel.links import ExternalLink
from tests.cast import SLUG, Cast
from tests.pages import Browser


def link_ids(cast: Cast) -> list[int]:
    return cast.read(lambda: list(db.session.scalars(select(ExternalLink.id))))


class TestALinkInATextThatWaits:
    def test_has_a_number_that_nobody_can_guess(self, cast: Cast) -> None:
        words = " ".join(f"https://hidden.example/{number}" for number in range(8))
        cast.post_idea("Links", words)
        made = sorted(link_ids(cast))
        assert len(made) == 8
        gaps = [after - before for before, after in zip([0, *made], made, strict=False)]
        assert min(gaps) > 2**40, made

    def test_is_not_among_the_first_numbers(self, cast: Cast) -> None:
        cast.post_idea("A link", "https://hidden.example/profile")
        reader = Browser(cast.app)
        for number in range(1, 60):
            reader.get(f"/leaving?to={number}", 400)

    def test_works_where_the_text_is_public(self, cast: Cast) -> None:
        idea = cast.post_idea("A link", "Look at https://open.example/page please.")
        cast.approve(idea)
        reader, (number,) = Browser(cast.app), link_ids(cast)
        page = reader.get(f"/leaving?to={number}").text
        assert "https://open.example/page" in page
        assert f"/leaving?to={number}" in reader.get(f"/d/{SLUG}/ideas/{idea}-a-link").text

    def test_number_of_any_size_is_no_fault(self, cast: Cast) -> None:
        reader = Browser(cast.app)
        for number in ("0", "-1", "9" * 19, "9" * 20, "9" * 4000, "１", "1e3", "", "1 "):
            reader.get("/leaving", 400, query_string={"to": number})
