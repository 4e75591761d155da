"""What a wording shows at first sight, where it is marked, and what that says about its place."""

from __future__ import annotations

from dialogue.kernel import marks
from dialogue.kernel.text import render
from dialogue.moderation import screening
from dialogue.moderation.models import Lane


def look(source: str, title: str = "", public: tuple[str, ...] = ()) -> screening.Findings:
    return screening.look_at(title, html(source), public_numbers=public)


def html(source: str) -> str:
    return render(source, link_id=lambda _: 1, own_host="here.example").html


def marked(source: str) -> list[str]:
    """The words of the finished page over which a mark would stand."""
    words = marks.reading_text(html(source))
    return [words[found.start : found.end] for found in look(source).details]


class TestLookAt:
    def test_finds_details_in_the_title_and_in_the_words(self) -> None:
        found = look("Write to dale@farm.example", title="Call (555) 014-2266")
        assert [(one.field, str(one.kind)) for one in found.details] == [
            ("title", "phone"),
            ("text", "email"),
        ]

    def test_finds_what_emphasis_cuts_in_two(self) -> None:
        assert marked("Call (555) **014**-2266 today") == ["(555) 014-2266"]
        assert marked("Write dale@whit*combe*.example now") == ["dale@whitcombe.example"]

    def test_counts_behind_entities_lists_and_breaks(self) -> None:
        source = "- Tom & Jerry <friends>\n- call\n(312) 456-7890\n"
        assert marked(source) == ["(312) 456-7890"]

    def test_survives_the_way_into_the_database(self) -> None:
        found = look("Call (555) 014-2266. Help me, I am locked in. Click here to buy now!")
        assert screening.from_signals(found.to_signals()) == found

    def test_reads_an_item_that_was_never_screened_as_empty(self) -> None:
        assert screening.from_signals({}) == screening.Findings()


class TestPlaceInTheQueue:
    def test_is_the_safety_lane_for_a_person_at_risk(self) -> None:
        found = look("They keep me here and I cannot leave. Help me.")
        assert screening.lane_of(found, is_edit=True) is Lane.SAFETY
        assert screening.risk_of(found, is_visible=False) == screening.RISK_DANGER

    def test_is_urgent_where_the_public_reads_already(self) -> None:
        details, none = look("Call (555) 014-2266"), look("A quiet idea")
        order = [
            screening.risk_of(details, is_visible=True),
            screening.risk_of(none, is_visible=True),
            screening.risk_of(details, is_visible=False),
        ]
        assert order == sorted(order, reverse=True)
        assert len(set(order)) == 3
