"""DOCX: the blocks of the PDF as an officer can edit them, with real styles.

Headings, lists, captions and tables carry the styles of a word processor, so that a table of
contents, a house style or a screen reader finds them; the public's words have a style of their
own. Text goes in as text nodes only. No clock and no chance: the same report gives the same bytes.
"""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.table import _Cell
from docx.text.paragraph import Paragraph
from flask import current_app
from flask_babel import gettext as _

from dialogue.reports.model import Model
from dialogue.reports.render import pictures
from dialogue.reports.render.blocks import Block, blocks
from dialogue.reports.render.cells import writable
from dialogue.reports.render.kinds import Circumstances
from dialogue.reports.render.presentation import Presentation

SANS, SERIF = "Public Sans", "Merriweather"
INK, MUTED = RGBColor(0x17, 0x17, 0x16), RGBColor(0x5D, 0x5D, 0x52)
PAGE_WIDTH, MARGIN = Cm(21.59), Cm(2.2)  # US letter, as the PDF
TEXT_WIDTH = PAGE_WIDTH - 2 * MARGIN
NO_CLOCK = datetime(2000, 1, 1, tzinfo=UTC)

_BUILT_IN_STYLES = (
    *(("Normal", 10), ("Title", 22), ("Heading 2", 15), ("Heading 3", 11), ("Caption", 9)),
)
TABLE = "Table Grid"
# Styles of our own: name, the style it builds on, face, points, colour.
PUBLIC_WORDS, NOTE, FIGURE_VALUE, CELL = "Public words", "Note", "Key number", "Table cell"
_OWN_STYLES = (
    (PUBLIC_WORDS, SERIF, 10, INK),
    (NOTE, SANS, 9, MUTED),
    (FIGURE_VALUE, SANS, 16, INK),
    (CELL, SANS, 8.5, INK),
)


def render(document: Model, circumstances: Circumstances) -> bytes:
    """Return the file."""
    shown = Presentation(document)
    macros = current_app.jinja_env.get_template("reports/charts.html").module
    paper = _Paper(shown.language)
    line = shown.covers
    if circumstances.number:
        line = f"{_('Report %(n)s', n=circumstances.number)} · {line}"
    paper.describe(shown.title, circumstances.site)
    paper.text(line, NOTE)
    paper.text(shown.title, "Title")
    for sentence in shown.lede:
        paper.text(sentence)
    paper.figures(shown)
    for block in blocks(shown, partial(_chart, macros)):
        paper.add(block)
    return paper.to_bytes()


def _chart(macros: Any, name: str, *given: Any) -> str:
    return str(getattr(macros, name)(*given)).strip()


class _Paper:
    """One document that is being written, block after block."""

    def __init__(self, language: str) -> None:
        self._doc: Document = docx.Document()
        self._language = language
        self._pictures = 0
        self._ids: dict[str, str | None] = {}
        self._lay_out()
        self._writers: dict[str, Callable[[Block], object]] = {
            "heading": lambda b: self.text(b["text"], f"Heading {b['level']}"),
            "text": lambda b: self.text(b["text"]),
            "muted": lambda b: self.text(b["text"], NOTE),
            "list": lambda b: self._list(b["items"]),
            "drawing": self._drawing,
            "table": self._table,
            "ideas": self._ideas,
            "dots": self._dots,
            "stances": self._stances,
        }

    def describe(self, title: str, author: str) -> None:
        """Set what a program shows of the file before it is opened."""
        about = self._doc.core_properties
        about.title, about.author = writable(title), writable(author)
        about.language = self._language
        about.comments = about.last_modified_by = ""
        about.created = about.modified = NO_CLOCK

    def add(self, block: Block) -> None:
        """Write a block of any kind."""
        self._writers[block["kind"]](block)

    def text(self, text: str, style: str = "Normal", language: str = "") -> Paragraph:
        """Write a paragraph."""
        return self._say(self._doc.add_paragraph(), text, language, style)

    def figures(self, shown: Presentation) -> None:
        """Write the row of large numbers as a table of one column each."""
        table = self._doc.add_table(rows=1, cols=len(shown.figures))
        _describe_table(table, _("Key numbers"))
        for cell, figure in zip(table.rows[0].cells, shown.figures, strict=True):
            self._say(cell.paragraphs[0], figure.label, style=NOTE)
            self._say(cell.add_paragraph(), figure.value, style=FIGURE_VALUE)
            if figure.note:
                self._say(cell.add_paragraph(), figure.note, style=NOTE)

    def to_bytes(self) -> bytes:
        """Return the file, without the moment at which it was packed."""
        packed = io.BytesIO()
        self._doc.save(packed)
        still = io.BytesIO()
        with zipfile.ZipFile(packed) as old, zipfile.ZipFile(still, "w") as new:
            for name in old.namelist():
                part = zipfile.ZipInfo(name, NO_CLOCK.timetuple()[:6])
                new.writestr(part, old.read(name), zipfile.ZIP_DEFLATED)
        return still.getvalue()

    def _lay_out(self) -> None:
        section = self._doc.sections[0]
        section.page_width, section.page_height = PAGE_WIDTH, Cm(27.94)
        section.left_margin = section.right_margin = section.top_margin = MARGIN
        styles = self._doc.styles
        for built_in, points in _BUILT_IN_STYLES:
            _set_face(styles[built_in], SANS, points, INK)
        styles["Normal"].paragraph_format.space_after = Pt(6)
        _mark_language(styles["Normal"].element.get_or_add_rPr(), self._language)
        for name, face, size, colour in _OWN_STYLES:
            style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
            style.base_style = styles["Normal"]
            _set_face(style, face, size, colour)

    def _say(
        self, paragraph: Paragraph, text: str, language: str = "", style: str = ""
    ) -> Paragraph:
        """Put a text into a paragraph, in its language and its direction."""
        if style:
            paragraph._p.style = self._id_of(style)
        run = paragraph.add_run(writable(text))
        if language and language != self._language:
            _mark_language(run._r.get_or_add_rPr(), language)
        if _runs_right_to_left(text):
            paragraph._p.get_or_add_pPr().append(OxmlElement("w:bidi"))
            run.font.rtl = True
        return paragraph

    def _id_of(self, style: str) -> str | None:
        """The id by which a paragraph carries a style, none for the one that all have. Asked for
        each paragraph, the library would look through all styles each time: most of its time."""
        if style not in self._ids:
            found = self._doc.styles[style]
            is_default = found == self._doc.styles.default(WD_STYLE_TYPE.PARAGRAPH)
            self._ids[style] = None if is_default else found.style_id
        return self._ids[style]

    def _public(self, words: dict[str, str], paragraph: Paragraph | None = None) -> Paragraph:
        return self._say(
            paragraph or self._doc.add_paragraph(), words["text"], words["lang"], PUBLIC_WORDS
        )

    def _list(self, items: list[str]) -> None:
        for item in items:
            self.text(item, "List Bullet")

    def _stances(self, block: Block) -> None:
        for item in block["items"]:
            paragraph = self._say(
                self._doc.add_paragraph(),
                item["words"]["text"],
                item["words"]["lang"],
                "List Bullet",
            )
            paragraph.runs[0].font.name = SERIF
            paragraph.add_run(f" {writable(item['line'])}").font.color.rgb = MUTED

    def _ideas(self, block: Block) -> None:
        for item in block["items"]:
            self._public(item["words"]).paragraph_format.keep_with_next = True
            self.text(item["line"], NOTE)

    def _dots(self, block: Block) -> None:
        for item in block["items"]:
            name = self.text(item["name"])
            name.runs[0].bold = True
            name.paragraph_format.keep_with_next = True
            self.text(item["line"], NOTE)
            if item["svg"]:
                self._picture(item["svg"], item["alt"])
            for quotation in item["quotations"]:
                self._public(quotation)

    def _drawing(self, block: Block) -> None:
        self._picture(block["svg"], block["alt"])
        if block["caption"]:
            self.text(block["caption"], NOTE)

    def _picture(self, svg: str, alternative: str) -> None:
        self._pictures += 1
        picture = io.BytesIO(pictures.png(svg))
        shape = self._doc.add_picture(picture, width=TEXT_WIDTH)
        about = shape._inline.docPr
        about.set("id", str(self._pictures))
        about.set("name", f"Picture {self._pictures}")
        about.set("descr", writable(alternative))

    def _table(self, block: Block) -> None:
        self.text(block["caption"], "Caption").paragraph_format.keep_with_next = True
        table = self._doc.add_table(rows=1, cols=len(block["header"]), style=TABLE)
        table.autofit = False
        for column, width in zip(table.columns, _widths(block), strict=True):
            column.width = width
        _describe_table(table, block["caption"])
        _repeat_on_each_page(table.rows[0])
        numbers = frozenset(block["numbers"])
        for place, (cell, name) in enumerate(
            zip(table.rows[0].cells, block["header"], strict=True)
        ):
            self._cell(cell, name, place in numbers).runs[0].bold = True
        for row in block["rows"]:
            # Cells by hand: asking a table for each cell anew costs its square.
            for place, (cell, value) in enumerate(zip(table.add_row().cells, row, strict=True)):
                self._cell(cell, value, place in numbers)
        self.text("", NOTE)

    def _cell(self, cell: _Cell, value: Any, is_number: bool) -> Paragraph:
        paragraph = cell.paragraphs[0]
        if isinstance(value, dict):
            self._say(paragraph, value["text"], value["lang"], CELL).runs[0].font.name = SERIF
        else:
            self._say(paragraph, str(value), style=CELL)
        if is_number:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        return paragraph


def _set_face(style: Any, face: str, size: float, colour: RGBColor) -> None:
    style.font.name, style.font.size, style.font.color.rgb = face, Pt(size), colour
    # Without these a heading keeps the theme's face for other scripts than Latin.
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for script in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(script), face)
    for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:cstheme", "w:eastAsiaTheme"):
        fonts.attrib.pop(qn(theme), None)


def _mark_language(properties: Any, language: str) -> None:
    mark = OxmlElement("w:lang")
    for script in ("w:val", "w:eastAsia", "w:bidi"):
        mark.set(qn(script), language)
    properties.append(mark)


def _widths(block: Block) -> list[int]:
    """Return the widths of columns: numbers get what the longest word of their name and cells
    needs, so that none is torn; words get the rest of the page."""
    shares, columns = block["widths"], list(zip(*block["rows"], strict=True))
    wide = sum(1 for share in shares if share)
    narrow = []
    for place, (name, share) in enumerate(zip(block["header"], shares, strict=True)):
        cells = [str(cell) for cell in (columns[place] if columns else ())]
        letters = max(_longest(cells), 1.1 * _longest([name]))  # names are bold
        narrow.append(0 if share else max(Cm(1.25), Cm(0.45) + Cm(0.2) * letters))
    rest = max(TEXT_WIDTH - sum(narrow), TEXT_WIDTH // 4 if wide else 0)
    fitting = min(1, (TEXT_WIDTH - rest) / max(sum(narrow), 1))
    return [int(width * fitting or rest // wide) for width in narrow]


def _longest(texts: Iterable[str]) -> int:
    return max((len(word) for text in texts for word in text.split(" ")), default=0)


def _describe_table(table: Any, text: str) -> None:
    """Give a table the name that a screen reader says."""
    caption = OxmlElement("w:tblCaption")
    caption.set(qn("w:val"), writable(text))
    table._tbl.tblPr.append(caption)


def _repeat_on_each_page(row: Any) -> None:
    """Mark the header row: repeated where a table breaks, and told to screen readers."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _runs_right_to_left(text: str) -> bool:
    """Tell whether the first letter with a direction runs right to left."""
    for letter in text:
        direction = unicodedata.bidirectional(letter)
        if direction in {"L", "R", "AL"}:
            return direction != "L"
    return False
