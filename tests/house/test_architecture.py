"""The house keeps its order; every rule is also shown to notice a breach."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.house import rules

CODE = rules.python_files("dialogue")
TESTS = [file for file in rules.python_files("tests") if "parts" not in file.parts]

# Where escaping may be switched off, each with its reason.
MAY_HOLD_RAW_HTML = {
    "dialogue/kernel/templating.py": "the hidden form token: constant markup, the value escaped",
    "dialogue/reports/render/page.py": "the style sheet inside a report's file, written by us",
    "dialogue/kernel/text.py": "it is the sanitiser: what it marks as safe it has cleaned",
}


def offences(files: list[Path], rule: Callable[[str], list[str]]) -> list[str]:
    return [
        f"{rules.name(file)} {offence}"
        for file in files
        for offence in rule(file.read_text("utf-8"))
    ]


class TestPackages:
    def test_roots_are_empty(self) -> None:
        roots = [file for file in CODE if file.name == "__init__.py"]
        assert len(roots) > 10
        slices = [file for file in roots if len(file.relative_to(rules.ROOT).parts) <= 3]
        assert offences(slices, rules.more_than_a_docstring) == []

    def test_a_root_with_an_object_is_noticed(self) -> None:
        assert rules.more_than_a_docstring('"""Text."""\ndb = make()\n') == ["line 2"]

    def test_every_folder_of_code_is_a_package(self) -> None:
        folders = {file.parent for file in CODE}
        assert [
            rules.name(folder) for folder in folders if not (folder / "__init__.py").exists()
        ] == []

    def test_no_file_has_a_vague_name(self) -> None:
        everywhere = rules.python_files("dialogue", "tests", "bench", "drills", "bin", "migrations")
        assert [name for file in everywhere if rules.vague_names(name := rules.name(file))] == []

    @pytest.mark.parametrize("path", ["dialogue/utils.py", "dialogue/helpers/votes.py"])
    def test_a_vague_name_is_noticed(self, path: str) -> None:
        assert rules.vague_names(path)


class TestImports:
    def test_stand_at_the_top(self) -> None:
        lazy = rules.ROOT / "dialogue" / "cli"
        strict = [file for file in CODE if not file.is_relative_to(lazy)]
        assert offences(strict, rules.hidden_imports) == []

    @pytest.mark.parametrize(
        "line", ["import flask", "from a import b", "importlib.import_module('a')"]
    )
    def test_a_hidden_import_is_noticed(self, line: str) -> None:
        assert rules.hidden_imports(f"def f():\n    {line}\n")


class TestStatements:
    def test_are_written_with_select(self) -> None:
        assert offences(CODE, rules.legacy_queries) == []

    @pytest.mark.parametrize("line", ["User.query.all()", "db.session.query(User)"])
    def test_a_legacy_query_is_noticed(self, line: str) -> None:
        assert rules.legacy_queries(line)


class TestEscaping:
    def test_is_switched_off_only_where_it_is_listed(self) -> None:
        python = offences(CODE, rules.raw_html_in_python)
        templates = offences(rules.template_files(), rules.raw_html_in_templates)
        found = {offence.split(" ")[0] for offence in python + templates}
        assert found == set(MAY_HOLD_RAW_HTML), python + templates

    @pytest.mark.parametrize(
        "text", ["{{ body|safe }}", "{{ x | safe }}", "{% autoescape false %}"]
    )
    def test_a_raw_value_in_a_template_is_noticed(self, text: str) -> None:
        assert rules.raw_html_in_templates(text)

    def test_a_raw_value_in_python_is_noticed(self) -> None:
        assert rules.raw_html_in_python("markupsafe.Markup(text)")


class TestTemplates:
    def test_hold_no_inline_script_or_style(self) -> None:
        pages = [
            file
            for file in rules.template_files()
            # A report to download is one file, its style sheet inside, under a policy of its own.
            if rules.name(file) != "templates/reports/file.html" and "mail" not in file.parts
        ]
        assert offences(pages, rules.inline_scripts_and_styles) == []

    @pytest.mark.parametrize(
        "text",
        [
            "<script>go()</script>",
            "<style>p{}</style>",
            "<p style='color:red'>",
            '<a onclick="go()">',
            "<a href='javascript:go()'>",
        ],
    )
    def test_an_inline_script_or_style_is_noticed(self, text: str) -> None:
        assert rules.inline_scripts_and_styles(text)

    def test_a_script_of_the_site_is_allowed(self) -> None:
        assert rules.inline_scripts_and_styles('<script src="/static/a.js" defer></script>') == []

    def test_load_nothing_from_elsewhere(self) -> None:
        assert offences(rules.template_files(), rules.foreign_addresses) == []

    def test_a_foreign_address_is_noticed(self) -> None:
        assert rules.foreign_addresses('<link rel="stylesheet" href="https://cdn.test/a.css">')


class TestTests:
    def test_measure_no_time(self) -> None:
        assert offences(TESTS, rules.clocks) == []

    @pytest.mark.parametrize("line", ["time.perf_counter()", "assert monotonic() - began < 1"])
    def test_a_clock_is_noticed(self, line: str) -> None:
        assert rules.clocks(line)
