"""Files for office programs: LibreOffice opens them and finds the same cells, and no formula."""

from __future__ import annotations

import csv
import io
import zipfile
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from docx.document import Document
from docx.shared import Cm
from flask import Flask

from dialogue.reports import build, model
from dialogue.reports.reading import read_snapshot
from dialogue.reports.render.blocks import blocks
from dialogue.reports.render.cells import unguard, writable
from dialogue.reports.render.formats import render
from dialogue.reports.render.kinds import Circumstances
from dialogue.reports.render.presentation import Presentation
from dialogue.reports.render.tables import dictionary, limitations, tables
from dialogue.reports.render.word import TEXT_WIDTH
from tests.parts import office
from tests.reports.conversation import IDEAS, START, TWO_VIEWS, hold
from tests.reports.test_files import HOSTILE

LATER = START + timedelta(days=30)
MADE = Circumstances(number=3, site="National Dialogues")
# One worker runs them all: they share what is made once.
pytestmark = pytest.mark.xdist_group("report_office_files")


@pytest.fixture(scope="module")
def document(entered: Flask) -> model.Model:
    return build.build(read_snapshot(hold(comments=[(0, 3, "Where?")]), LATER))


@pytest.fixture(scope="module")
def hostile(entered: Flask) -> model.Model:
    people = [said + "ap"[: len(HOSTILE) - 8] for said in TWO_VIEWS]
    return build.build(read_snapshot(hold("hostile", people=people, ideas=HOSTILE), LATER))


def opened(content: bytes) -> Document:
    return docx.Document(io.BytesIO(content))


def said_in(paper: Document) -> list[str]:
    """Every text of a document in its order of paragraphs, those of tables after them."""
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    return [paragraph.text for paragraph in paper.paragraphs] + cells


def strings(value: Any) -> list[str]:
    """The words of a block, without its drawings."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        skipped = {"kind", "svg", "bar", "alt", "lang", "widths", "numbers"}
        return [s for key, item in value.items() if key not in skipped for s in strings(item)]
    if isinstance(value, list | tuple):
        return [s for item in value for s in strings(item)]
    return []


class TestTheEditableReport:
    def test_says_all_that_the_pdf_says(self, document: model.Model) -> None:
        shown = Presentation(document)
        whole = "\n".join(said_in(opened(render(document, "docx", MADE))))
        wanted = [s for block in blocks(shown, lambda *_: "") for s in strings(block)]
        assert len(wanted) > 100
        assert [words for words in wanted if words not in whole] == []
        for figure in shown.figures:
            assert f"{figure.label}\n{figure.value}" in whole

    def test_uses_the_styles_of_a_word_processor(self, document: model.Model) -> None:
        paper = opened(render(document, "docx", MADE))
        styles = [paragraph.style.name for paragraph in paper.paragraphs if paragraph.style]
        assert styles.count("Title") == 1
        assert styles.count("Heading 2") >= 8
        assert {"Heading 3", "List Bullet", "Public words", "Caption", "Note"} <= set(styles)
        levels = [int(name[-1]) for name in styles if name.startswith("Heading")]
        assert all(later - one <= 1 for one, later in zip([1, *levels], levels, strict=False))
        words = {p.text for p in paper.paragraphs if p.style and p.style.name == "Public words"}
        assert words & set(IDEAS)

    def test_describes_itself_its_pictures_and_its_tables(self, document: model.Model) -> None:
        paper = opened(render(document, "docx", MADE))
        about = paper.core_properties
        assert (about.language, about.author) == ("en", MADE.site)
        assert "what we have heard" in about.title
        drawn = [shape._inline.docPr for shape in paper.inline_shapes]
        assert len(drawn) >= 2
        assert all(len(one.get("descr") or "") > 20 for one in drawn)
        assert len({one.get("id") for one in drawn}) == len(drawn)
        body = paper.element.body.xml
        assert body.count("<w:tblCaption ") == len(paper.tables)
        assert body.count("<w:tblHeader/>") == len(paper.tables) - 1  # the numbers have no header

    def test_has_tables_that_fit_the_page_and_tear_no_number(self, hostile: model.Model) -> None:
        _numbers, *others = opened(render(hostile, "docx", MADE)).tables
        assert len(others) >= 5
        for table in others:
            widths = [column.width or 0 for column in table.columns]
            assert sum(widths) <= TEXT_WIDTH + Cm(0.01)  # widths are kept in twentieths of a point
            assert min(widths) >= Cm(1.2)

    def test_takes_no_text_for_markup(self, hostile: model.Model) -> None:
        whole = said_in(opened(render(hostile, "docx", MADE)))
        for words in HOSTILE:
            assert any(writable(words) in said for said in whole), words

    def test_sets_the_direction_of_what_it_quotes(self, hostile: model.Model) -> None:
        xml = opened(render(hostile, "docx", MADE)).element.body.xml
        assert "<w:bidi/>" not in xml  # these begin with Latin letters
        turned = deepcopy(hostile)
        turned["ideas"][0]["words"]["text"] = "الأجر العادل"
        assert "<w:bidi/>" in opened(render(turned, "docx", MADE)).element.body.xml

    def test_is_the_same_twice(self, document: model.Model) -> None:
        assert render(document, "docx", MADE) == render(document, "docx", MADE)


class TestTheTables:
    def test_stand_in_the_zip_with_every_column_explained(self, document: model.Model) -> None:
        with zipfile.ZipFile(io.BytesIO(render(document, "zip", MADE))) as packed:
            readme = packed.read("README.txt").decode()
            for table in tables(document):
                content = packed.read(f"{table.name}.csv").decode("utf-8-sig")
                header, *rows = csv.reader(io.StringIO(content, newline=""))
                assert header == table.header
                assert len(rows) == len(table.rows)
                assert all(
                    f"  {column.name}: {column.meaning}" in readme for column in table.columns
                )
        assert "not a poll" in readme
        assert str(document["sha256"]) in readme
        for name, value in document["counts"].items():
            assert f"  {name}: {value}. " in readme

    def test_have_a_cell_for_each_column(self, document: model.Model) -> None:
        for table in (*tables(document), dictionary(document), limitations(document)):
            assert {len(row) for row in table.rows} <= {len(table.columns)}, table.name


class TestLibreOffice:
    """The program itself reads each file; what it reads is compared cell by cell."""

    def test_reads_every_cell_of_the_workbook(self, hostile: model.Model, tmp_path: Path) -> None:
        book = openpyxl.load_workbook(read_again(hostile, "xlsx", "xlsx", tmp_path))
        for table in (*tables(hostile), dictionary(hostile), limitations(hostile)):
            cells = [[cell.value for cell in row] for row in book[table.title].iter_rows()]
            assert cells[0] == table.header
            wanted = [[_as_read(cell) for cell in row] for row in table.rows]
            assert [row[: len(table.header)] for row in cells[1:]] == wanted, table.name
        kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
        assert "f" not in kinds

    def test_takes_no_cell_of_the_csv_for_a_formula(
        self, hostile: model.Model, tmp_path: Path
    ) -> None:
        path = read_again(hostile, "csv", "csv:Text - txt - csv (StarCalc):44,34,76", tmp_path)
        rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8"), newline="")))
        assert {unguard(row["idea"]) for row in rows} == set(HOSTILE)
        for row, wanted in zip(rows, tables(hostile)[0].rows, strict=True):
            numbers = [float(cell) for cell in list(row.values())[4:] if cell]
            assert numbers == [cell for cell in wanted[4:] if cell is not None]

    def test_reads_every_word_of_the_editable_report(
        self, hostile: model.Model, tmp_path: Path
    ) -> None:
        path = read_again(hostile, "docx", "txt:Text (encoded):UTF8", tmp_path)
        text = path.read_text("utf-8").replace("\ufeff", "")
        for words in HOSTILE:
            assert words.replace("\ufeff", "") in text, words


def read_again(document: model.Model, kind: str, into: str, folder: Path) -> Path:
    """What the program makes of our file of one kind."""
    path = folder / f"report.{kind}"
    path.write_bytes(render(document, kind, MADE))
    return office.convert(path, into, folder / "again")


def _as_read(cell: Any) -> Any:
    """A cell as a program gives it back: an empty text is no cell."""
    if isinstance(cell, str):
        return writable(cell) or None
    return cell
