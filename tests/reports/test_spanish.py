"""A report of a Spanish dialogue is Spanish throughout: every file, the page, the mail."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from gettext import NullTranslations
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pikepdf
import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po
from babel.support import Translations
from flask import Flask
from flask_babel import force_locale, get_translations

from dialogue.kernel.db import db, transaction
from dialogue.notifications import letters
from dialogue.reports import build, diff, editions, job, model, queries, showing
from dialogue.reports.commands import making
from dialogue.reports.models import Report
from dialogue.reports.reading import read_snapshot
from dialogue.reports.render.fates import fate_words
from dialogue.reports.render.formats import render
from dialogue.reports.render.kinds import FORMATS, Circumstances
from dialogue.reports.render.language import language_of, speaking
from dialogue.reports.render.presentation import Presentation
from dialogue.reports.render.readable import readable
from dialogue.reports.render.tables import dictionary, limitations, tables
from tests.house.rules import ROOT
from tests.reports.conversation import IDEAS_IN_SPANISH, START, hold, officer

LATER = START + timedelta(days=30)
MADE = Circumstances(number=3, site="Diálogos Nacionales")
# One worker runs them all: they share what is made once.
pytestmark = pytest.mark.xdist_group("report_spanish")
CATALOGUE = ROOT / "dialogue" / "translations" / "es" / "LC_MESSAGES" / "messages.po"
# Where the strings of reports, of their pages and of their mails stand.
OF_REPORTS = [
    ("dialogue/reports/**.py", "python"),
    ("templates/reports/**.html", "jinja2"),
    ("templates/mail/report*.txt", "jinja2"),
    ("templates/layouts/mail.txt", "jinja2"),
]
KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None, "lazy_gettext": None}
PLACE = re.compile(r"%\(\w+\)[sd]|%%")
# Words that no Spanish sentence has. Names of columns and files are no sentences.
ENGLISH = re.compile(r"(?<![\w.#/-])(?:the|of|and|with|people|was|their|is|to)(?![\w.-])", re.I)

LETTER = (
    "Por favor mantengan el autobús nocturno hacia los campos porque las cuadrillas terminan de"
    " noche y no tienen otra manera de volver a casa."
)
OWN = "Mi hermano caminó nueve millas el invierno pasado."
VIEWS = (
    ("Los recibos de pago", "deben mostrar", "cada hora trabajada", "para poder revisarlos"),
    ("Los intérpretes", "deben venir", "cuando llegan los inspectores", "para hablar sin miedo"),
    ("Los reclutadores", "necesitan licencia", "antes de cobrar tarifas", "a las familias"),
)
ENDS = ("siempre", "en todas partes", "este año", "sin demora", "aquí", "ya", "por ley")


def comments() -> list[tuple[int, int, str]]:
    """A letter that many sent, two with words of their own, and three views in many wordings."""
    letters = [(0, n, LETTER) for n in range(8)]
    views = [
        (
            n % 8,
            n % 60,
            f"{' '.join(VIEWS[n % 3])} {ENDS[n % 7]} {'y ' * (n % 5 > 2)}{ENDS[n % 5]}.",
        )
        for n in range(60)
    ]
    return [*letters, (0, 20, f"{LETTER} {OWN}"), (0, 21, f"{LETTER} ¡Gracias!"), *views]


@pytest.fixture(scope="module")
def document(entered: Flask) -> model.Model:
    """The second report of a lively dialogue: words taken back, changes, a hand's doing."""
    dialogue = hold(
        "pago", ideas=IDEAS_IN_SPANISH, comments=comments(), rejected=(7,), language="es"
    )
    before = build.build(read_snapshot(dialogue, START + timedelta(days=2)))
    made = build.build(read_snapshot(dialogue, LATER))
    changed = {
        **made,
        "changes": diff.compare(before, made, 2),
        "foreword": {"text": "Gracias a quienes participaron.", "by": "M. Rivera"},
    }
    return editions.following(model.seal(changed), [made["ideas"][2]["id"]])


@pytest.fixture(scope="module")
def published(entered: Flask, untranslated: set[str]) -> Report:
    """A report that a worker made and that is public: seven people say the same."""
    now = datetime.now(UTC)
    dialogue = hold("poco", people=["aaaadddd"] * 7, ideas=IDEAS_IN_SPANISH, language="es")
    actor = officer()
    with transaction():
        asked = making.request_report(dialogue=dialogue, actor_id=actor.id, now=now)
    assert job.run(asked.id)
    with transaction():
        made = db.session.get_one(Report, asked.id, populate_existing=True)
        made.published_at = now
    return made


@pytest.fixture(scope="module")
def nothing(entered: Flask) -> model.Model:
    """A dialogue in which nobody said anything."""
    return build.build(read_snapshot(hold("nada", people=[], ideas=[], language="es"), LATER))


@pytest.fixture(scope="module")
def files(
    document: model.Model, published: Report, nothing: model.Model, untranslated: set[str]
) -> dict[str, list[bytes]]:
    """The lively report in every format; the two others where their sentences can be read."""
    quiet = (showing.document_of(published), nothing)
    return {
        kind: [render(made, kind, MADE) for made in (document, *(quiet if kind in READ else ()))]
        for kind in (*FORMATS, "html")
    }


@pytest.fixture(scope="module")
def untranslated(entered: Flask) -> set[str]:
    """Every string that was asked for in Spanish and is not in the catalogue, from now on."""
    asked: set[str] = set()

    class Asked(NullTranslations):
        def gettext(self, message: str) -> str:
            asked.add(message)
            return message

        def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
            asked.add(msgid1)
            return msgid1

    with force_locale("es"):
        known = get_translations()
        assert isinstance(known, Translations)
        known.add_fallback(Asked())
    return asked


def missing(used: Catalog, translated: Catalog) -> list[str]:
    """What the strings that are used lack: a translation, a plural form, a placeholder."""
    found = []
    for message in used:
        if not message.id:
            continue
        here = translated.get(message.id)
        forms = [] if here is None else forms_of(here.string)
        if here is None or here.fuzzy or not forms or not all(forms):
            found.append(f"not translated: {message.id}")
            continue
        places = set(PLACE.findall(forms_of(message.id)[0]))
        found += [f"other places: {form}" for form in forms if set(PLACE.findall(form)) != places]
    return found


def forms_of(said: str | Sequence[str]) -> list[str]:
    return [said] if isinstance(said, str) else list(said)


def strings_of_reports() -> Catalog:
    """Every string in the code and the templates of reports."""
    used = Catalog()
    for _file, _line, message, _comments, _context in extract_from_dir(
        ROOT,
        [(pattern, method) for pattern, method in OF_REPORTS],
        keywords=KEYWORDS,
        directory_filter=lambda folder: _leads_to_reports(Path(folder)),
    ):
        used.add(message)
    return used


def _leads_to_reports(folder: Path) -> bool:
    here = folder.relative_to(ROOT).parts
    wanted = [
        ("dialogue", "reports"),
        ("templates", "reports"),
        ("templates", "mail"),
        ("templates", "layouts"),
    ]
    return any(here[:2] == path[: len(here[:2])] for path in wanted)


def spanish() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="es")


class TestCatalogue:
    def test_has_every_string_of_a_report_with_its_plurals_and_places(self) -> None:
        used = strings_of_reports()
        assert len(used) > 400
        assert missing(used, spanish()) == []

    @pytest.mark.parametrize(
        ("said", "line"),
        [
            ("", "not translated"),
            ("Informe", "other places"),
            ("Informe %(m)s", "other places"),
            ("Informe %(n)", "other places"),
        ],
    )
    def test_that_lacks_something_is_found(self, said: str, line: str) -> None:
        used, translated = Catalog(), Catalog(locale="es")
        used.add("Report %(n)s")
        translated.add("Report %(n)s", said, flags=["python-format"])
        (found,) = missing(used, translated)
        assert line in found

    def test_that_knows_only_one_plural_form_is_found(self) -> None:
        used, translated = Catalog(), Catalog(locale="es")
        used.add(("%(num)s idea", "%(num)s ideas"))
        translated.add(("%(num)s idea", "%(num)s ideas"), ("%(num)s idea", ""))
        assert missing(used, translated)


class TestReport:
    def test_asks_for_no_string_that_is_not_translated(
        self, document: model.Model, files: dict[str, list[bytes]], untranslated: set[str]
    ) -> None:
        with speaking(document):
            fate_words(None)
        assert set(files) == {*FORMATS, "html"}
        assert untranslated == set()

    @pytest.mark.parametrize("kind", ["html", "docx", "xlsx", "zip", "csv"])
    def test_holds_no_english_sentence(self, files: dict[str, list[bytes]], kind: str) -> None:
        for content in files[kind]:
            found = [line for line in READ[kind](content) if ENGLISH.search(line)]
            assert found == []

    def test_names_its_language(self, files: dict[str, list[bytes]]) -> None:
        assert '<html lang="es">' in files["html"][0].decode()
        paper = docx.Document(io.BytesIO(files["docx"][0]))
        assert paper.core_properties.language == "es"
        assert 'w:lang w:val="es"' in paper.styles["Normal"].element.xml
        with pikepdf.open(io.BytesIO(files["pdf"][0])) as pdf:
            assert str(pdf.Root.Lang) == "es"
            with pdf.open_metadata() as about:
                assert about["dc:title"] == "Pago justo: lo que hemos escuchado"

    def test_has_the_numbers_of_the_document_in_every_format(
        self, document: model.Model, files: dict[str, list[bytes]]
    ) -> None:
        first, counts = document["ideas"][0], document["counts"]
        page = files["html"][0].decode()
        assert f"De {counts['votes']} votos de {counts['people_voted']} personas" in page
        assert f"{round(100 * first['share'])}\u00a0% de acuerdo" in page
        whole = "\n".join(read_docx(files["docx"][0]))
        assert f"Votos\n{counts['votes']}" in whole
        book = openpyxl.load_workbook(io.BytesIO(files["xlsx"][0]))
        with speaking(document):
            shown = readable(document)
            for table in (*tables(shown), dictionary(shown), limitations(shown)):
                rows = [[cell.value for cell in row] for row in book[table.title].iter_rows()]
                assert rows[0] == table.header
                assert [[cell or None for cell in row] for row in rows[1:]] == [
                    [cell or None for cell in row] for row in table.rows
                ]

    def test_has_columns_and_files_that_programs_read_in_every_language(
        self, document: model.Model, files: dict[str, list[bytes]]
    ) -> None:
        names = {"Ideas": tables(document)[0].header}  # in English here
        with zipfile.ZipFile(io.BytesIO(files["zip"][0])) as packed:
            assert {name for name in packed.namelist() if name != "README.txt"} == {
                f"{table.name}.csv" for table in tables(document)
            }
            header = packed.read("ideas.csv").decode("utf-8-sig").splitlines()[0]
        assert header.split(",") == names["Ideas"]

    def test_writes_days_and_numbers_as_one_does(self, document: model.Model) -> None:
        with speaking(document):
            shown = Presentation(readable(document))
            assert shown.covers == "Abarca del 5 de noviembre de 2024 al 9 de noviembre de 2024"
            assert "coeficiente de Gini: 0," in " ".join(shown.concentration_lines)

    def test_leaves_the_open_data_alone(
        self, document: model.Model, files: dict[str, list[bytes]]
    ) -> None:
        assert files["json"][0] == model.to_bytes(document)
        assert "People chose to take part" in files["json"][0].decode()


class TestPage:
    """The report on the site: its article is Spanish whatever the frame around it is."""

    def test_speaks_the_language_of_the_dialogue(
        self, entered: Flask, published: Report, untranslated: set[str]
    ) -> None:
        page = entered.test_client().get(f"/d/poco/reports/{published.number}").text
        assert '<html lang="en"' in page
        article = page.split("<article")[1].split("</article>")[0]
        assert 'lang="es"' in article.split(">")[0]
        assert "Dónde están las personas" in article
        assert f"Publicado el {published.published_at.day} de" in article
        assert [
            line for line in read_html(f"<body>{article}".encode()) if ENGLISH.search(line)
        ] == []
        assert untranslated == set()

    def test_is_told_of_in_spanish(self, published: Report, untranslated: set[str]) -> None:
        dialogue = queries.dialogue_of(published)
        letter = letters.report(published, dialogue=dialogue, language="es")
        assert letter.subject == "Su informe está listo"
        assert "El informe que usted pidió está listo." in letter.text  # a sensitive dialogue
        assert untranslated == set()


class TestLanguage:
    @pytest.mark.parametrize(
        ("dialogue", "report"),
        [("es", "es"), ("es-MX", "es"), ("es_US", "es"), ("en", "en"), ("zh-Hant", "en")],
    )
    def test_is_the_dialogues_where_there_is_a_catalogue(self, dialogue: str, report: str) -> None:
        assert language_of({"dialogue": {"language": dialogue}}) == report


def read_html(content: bytes) -> list[str]:
    body = content.decode().split("<body>")[1]
    spoken = re.findall(r'(?:alt|aria-label|title)="([^"]*)"', body)
    return [*re.sub(r"<[^>]*>", "\n", body).splitlines(), *spoken]


def read_docx(content: bytes) -> list[str]:
    paper = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    drawn = [shape._inline.docPr.get("descr") or "" for shape in paper.inline_shapes]
    captions = re.findall(r'<w:tblCaption w:val="([^"]*)"', paper.element.body.xml)
    return [*(p.text for p in paper.paragraphs), *cells, *drawn, *captions]


def read_xlsx(content: bytes) -> list[str]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    rows = [cell for sheet in book for row in sheet.iter_rows(min_row=2) for cell in row]
    return [*book.sheetnames, *(str(cell.value) for cell in rows if len(str(cell.value)) > 20)]


def read_zip(content: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        lines = packed.read("README.txt").decode().splitlines()
    # A column or count stands before the colon.
    return [line.split(": ", 1)[-1] for line in lines]


def read_csv(content: bytes) -> list[str]:
    return content.decode("utf-8-sig").splitlines()[1:]


READ: dict[str, Any] = {
    "html": read_html,
    "docx": read_docx,
    "xlsx": read_xlsx,
    "zip": read_zip,
    "csv": read_csv,
}
