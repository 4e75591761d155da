"""The files of a report: the same numbers in each, and whatever people wrote stays text."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from typing import Any

import openpyxl
import pikepdf
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from dialogue.reports import build, model
from dialogue.reports.reading import read_snapshot
from dialogue.reports.render.cells import guard, unguard, writable
from dialogue.reports.render.formats import render
from dialogue.reports.render.glyphs import Glyphs
from dialogue.reports.render.kinds import Circumstances
from dialogue.reports.render.paper import _fitted
from tests.reports.conversation import IDEAS, START, TWO_VIEWS, hold

LATER = START + timedelta(days=30)
MADE = Circumstances(number=3, site="National Dialogues")
# One worker runs them all: they share what is made once.
pytestmark = pytest.mark.xdist_group("report_files")

# What breaks spreadsheets, pages and typesetting when it is taken for more than text.
HOSTILE = [
    '=HYPERLINK("https://evil.example","pay")',
    "+1+1",
    "-2+3",
    "@SUM(A1:A9)",
    "＝1+1",
    "'=already escaped",
    '#eval("1+1") $ x^2 $ @label <a> \\ * _ ` // /* [ ]',
    "<script>alert(1)</script> & </title>",
    "Pay 👍🏽 in full, Zürich, 薪資要公平, الأجر العادل, नमस्ते",
    "e\u0301 combining, \u202ereversed, \ufeff nothing",
]


@pytest.fixture(scope="module")
def document(entered: Flask) -> model.Model:
    return build.build(read_snapshot(hold(comments=[(0, 3, "Where?")]), LATER))


@pytest.fixture(scope="module")
def hostile(entered: Flask) -> model.Model:
    people = [said + "ap"[: len(HOSTILE) - 8] for said in TWO_VIEWS]
    return build.build(read_snapshot(hold("hostile", people=people, ideas=HOSTILE), LATER))


def sheet_rows(content: bytes, name: str) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [tuple(cell.value for cell in row) for row in book[name].iter_rows()]


def csv_rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


class TestSameNumbers:
    def test_in_csv_as_in_json(self, document: model.Model) -> None:
        rows = csv_rows(render(document, "csv", MADE))
        assert [int(row["id"]) for row in rows] == [idea["id"] for idea in document["ideas"]]
        for row, idea in zip(rows, document["ideas"], strict=True):
            assert int(row["agree"]) == idea["agree"]
            assert float(row["share_agree"]) == idea["share"]
            assert int(row["group_A_agree"]) == idea["groups"]["A"]["agree"]

    def test_in_xlsx_as_in_json(self, document: model.Model) -> None:
        content = render(document, "xlsx", MADE)
        header, *rows = sheet_rows(content, "Ideas")
        for row, idea in zip(rows, document["ideas"], strict=True):
            cells = dict(zip(header, row, strict=True))
            assert (cells["id"], cells["votes"]) == (idea["id"], idea["votes"])
            assert cells["share_low"] == idea["low"]
        dictionary = {row[0]: row[2] for row in sheet_rows(content, "Dictionary")}
        assert {name: dictionary[name] for name in document["counts"]} == document["counts"]
        limits = [row[0] for row in sheet_rows(content, "Limitations")]
        assert any("not a poll" in str(limit) for limit in limits)

    def test_in_html_as_in_json(self, document: model.Model) -> None:
        page = render(document, "html", MADE).decode()
        for count in ("votes", "people", "ideas_published"):
            assert f">{document['counts'][count]:,}<" in page
        assert all(title in page for title in IDEAS[:5])
        assert "not a poll" in page

    def test_in_json_itself(self, document: model.Model) -> None:
        assert json.loads(render(document, "json", MADE)) == document


class TestPage:
    def test_gives_every_drawing_a_sentence_and_a_table(self, document: model.Model) -> None:
        page = render(document, "html", MADE).decode()
        drawings = page.split('role="img"')[1:]
        assert len(drawings) >= 2
        assert all(drawing.split("<title>")[1].split("</title>")[0] for drawing in drawings)
        assert page.count("<caption>") >= 4

    def test_has_neither_inline_styles_nor_scripts(self, hostile: model.Model) -> None:
        body = render(hostile, "html", MADE).decode().split("<body>")[1]
        assert " style=" not in body
        assert "<script" not in body
        assert " on" not in {part[:3] for part in body.split("<svg")[0].split('"')}

    def test_shows_markup_as_text(self, hostile: model.Model) -> None:
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in render(hostile, "html", MADE).decode()


class TestSpreadsheets:
    def test_hold_no_formula(self, hostile: model.Model) -> None:
        book = openpyxl.load_workbook(io.BytesIO(render(hostile, "xlsx", MADE)))
        kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
        assert "f" not in kinds
        titles = {row[3] for row in sheet_rows(render(hostile, "xlsx", MADE), "Ideas")[1:]}
        assert titles == set(HOSTILE)

    def test_give_every_text_back_from_csv(self, hostile: model.Model) -> None:
        rows = csv_rows(render(hostile, "csv", MADE))
        assert {unguard(row["idea"]) for row in rows} == set(HOSTILE)
        assert not any(row["idea"].startswith(tuple("=+-@＝＋－＠\t\r")) for row in rows)

    @given(st.text())
    def test_guard_loses_nothing_and_lets_no_formula_through(self, text: str) -> None:
        assert unguard(guard(text)) == text
        assert not guard(text).startswith(tuple("=+-@＝＋－＠\t\r\n\0"))

    @given(st.text(st.characters()))
    def test_cells_hold_what_a_workbook_can_hold(self, text: str) -> None:
        assert not any(ord(letter) < 9 for letter in writable(text))
        assert len(writable(text * 40)) <= 32_767


class TestPdf:
    def test_is_tagged_with_title_language_and_alternative_texts(
        self, document: model.Model
    ) -> None:
        with pikepdf.open(io.BytesIO(render(document, "pdf", MADE))) as pdf:
            root = pdf.Root
            assert "/StructTreeRoot" in root
            assert root.MarkInfo.Marked
            assert str(root.Lang) == "en"
            assert root.ViewerPreferences.DisplayDocTitle
            with pdf.open_metadata() as metadata:
                assert "Fair pay" in metadata["dc:title"]
                assert metadata["pdfuaid:part"] == "1"
            tags = _tags(root)
        kinds = [tag for tag, _alt in tags]
        levels = [int(kind[2]) for kind in kinds if kind[:2] == "/H" and kind[2:].isdigit()]
        assert all(later - one <= 1 for one, later in zip([0, *levels], levels, strict=False))
        assert kinds.count("/H1") == 1
        assert kinds.count("/H2") >= 8
        assert {"/Table", "/TH", "/L"} <= set(kinds)
        figures = [alt for tag, alt in tags if tag == "/Figure"]
        assert len(figures) >= 2
        assert all(figures)

    def test_says_in_which_language_each_quotation_is(self, document: model.Model) -> None:
        mixed = deepcopy(document)
        for idea, language in zip(mixed["ideas"], ("zh-Hant", "pt-BR"), strict=False):
            idea["language"] = idea["words"]["language"] = language
        with pikepdf.open(io.BytesIO(render(mixed, "pdf", MADE))) as pdf:
            spoken = {str(element.get("/Lang", "en")) for element in _elements(pdf.Root)}
        assert {"zh", "pt", "en"} == spoken

    def test_says_who_made_it_nowhere(self, document: model.Model) -> None:
        assert b"participant" not in render(document, "pdf", MADE)

    def test_sets_markup_and_every_script_as_text(self, hostile: model.Model) -> None:
        with pikepdf.open(io.BytesIO(render(hostile, "pdf", MADE))) as pdf:
            assert len(pdf.pages) >= 2

    def test_is_the_same_twice(self, document: model.Model) -> None:
        assert render(document, "pdf", MADE) == render(document, "pdf", MADE)


class TestGlyphs:
    def test_keep_what_the_fonts_can_draw(self, entered: Flask) -> None:
        for text in ("Zürich – “pay”", "薪資要公平", "給料", "임금"):
            assert Glyphs([text]).fit(text) == text

    def test_name_what_they_cannot(self, entered: Flask) -> None:
        fonts = Glyphs(["👍"])
        assert fonts.fit("Good 👍 idea") == "Good [THUMBS UP SIGN] idea"
        assert fonts.missing == {"Thumbs up sign"}

    def test_drop_what_nobody_sees(self, entered: Flask) -> None:
        assert Glyphs([]).fit("a\u202eb\ufeffc\x00d") == "abcd"

    def test_count_long_runs(self, entered: Flask) -> None:
        assert Glyphs([]).fit("👍" * 9) == "[9 × Thumbs up sign]"

    def test_name_a_script_without_a_font_once_for_all_its_words(self, entered: Flask) -> None:
        fonts = Glyphs([])
        said = "Say: ⲁⲛⲟⲕ ⲡⲉ, ⲛⲧⲟⲕ. Yes\nⲡⲉ"
        assert fonts.fit(said) == (
            "Say: [10 × Coptic]. Yes\n[COPTIC SMALL LETTER PI][COPTIC SMALL LETTER EIE]"
        )
        assert fonts.missing == {"Coptic"}

    def test_break_words_without_an_end(self, entered: Flask) -> None:
        fonts = Glyphs([])
        assert max(map(len, _fitted({"text": "x" * 500}, fonts)["text"].split("\u200b"))) == 36
        assert _fitted("a plain sentence with short words", fonts).count("\u200b") == 0


def _tags(root: Any) -> list[tuple[str, str]]:
    """Every structure element of a file: its tag and its alternative text."""
    return [(str(element.S), str(element.get("/Alt", ""))) for element in _elements(root)]


def _elements(root: Any) -> Iterator[pikepdf.Dictionary]:
    yield from _below(root.StructTreeRoot)


def _below(node: Any) -> Iterator[pikepdf.Dictionary]:
    children = node.get("/K", [])
    for child in children if isinstance(children, pikepdf.Array) else [children]:
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            yield child
            yield from _below(child)
