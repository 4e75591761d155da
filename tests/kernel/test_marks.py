"""Marks over stored HTML: they add themselves and change nothing else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogue.kernel.marks import Link, Stretch, links, mark, mark_plain, reading_text
from dialogue.kernel.text import render

HTML = (
    "<p>Tom &amp; <em>Jer</em>ry<br>call</p><ul><li>one</li></ul>"
    '<p><a href="mailto:a@b.example" rel="nofollow ugc">boss</a> &lt;b&gt;</p>'
)
ADDED = re.compile(r'<mark class="found">(?:<span class="visually-hidden">.*?</span>)?|</mark>')
MARKED = re.compile(
    r'<mark class="found">(?:<span class="visually-hidden">.*?</span>)?(.*?)</mark>'
)


class TestReadingText:
    def test_is_what_a_reader_sees(self) -> None:
        assert reading_text(HTML) == "Tom & Jerry\ncall\none\nboss <b>\n"

    def test_knows_where_links_lead(self) -> None:
        assert links(HTML) == [Link("mailto:a@b.example", 21, 25)]


class TestMark:
    @pytest.mark.parametrize("start", range(30))
    def test_covers_its_stretch_and_adds_nothing_else(self, start: int) -> None:
        words = reading_text(HTML)
        for end in range(start + 1, len(words) + 1):
            shown = mark(HTML, [Stretch(start, end, "Phone")])
            assert ADDED.sub("", shown) == HTML
            covered = "".join(reading_text(part) for part in MARKED.findall(shown))
            assert covered == words[start:end].replace("\n", "")

    def test_never_crosses_a_tag(self) -> None:
        assert mark(HTML, [Stretch(4, 9)]).startswith(
            '<p>Tom <mark class="found">&amp; </mark><em><mark class="found">Jer</mark></em>ry'
        )

    def test_names_a_stretch_once(self) -> None:
        assert mark(HTML, [Stretch(0, 11, "Name")]).count("Name: ") == 1

    def test_escapes_plain_words_and_labels(self) -> None:
        assert mark_plain("<b>", [Stretch(0, 1, '"<i>')]) == (
            '<mark class="found"><span class="visually-hidden">&quot;&lt;i&gt;: </span>'
            "&lt;</mark>b&gt;"
        )

    @given(
        source=st.text(alphabet="ab*_`<>&\"'\n -[]()#é😀", max_size=60),
        spans=st.lists(st.tuples(st.integers(0, 60), st.integers(1, 10)), max_size=4),
    )
    def test_leaves_any_stored_html_as_it_is(
        self, source: str, spans: list[tuple[int, int]]
    ) -> None:
        html = render(source, link_id=lambda _: 1, own_host="here.example").html
        stretches = [Stretch(start, start + length, "X") for start, length in spans]
        assert ADDED.sub("", mark(html, stretches)) == html
