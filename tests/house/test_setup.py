"""What the project says about setting it up is true: packages, locks, targets, commands."""

import ast
import re
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.rules import ROOT, python_files

LOCKS = ROOT / "requirements"
# A command in a block of its own, or between backticks; settings may stand before it.
COMMAND = r"(?:^\s*|`)(?:[A-Z_]+=\S+ )*make ([a-z-]+)"
# Installed for what it does by itself, without an import of ours.
USED_WITHOUT_IMPORT = {
    *("brotli", "granian", "noto-cjk-sans-otc", "psycopg", "redis"),
    *("coverage", "djlint", "import-linter", "mypy", "pytest-xdist", "ruff"),
}
IMPORTED_AS = {
    "argon2-cffi": "argon2",
    "fonttools": "fontTools",
    "markdown-it-py": "markdown_it",
    "python-docx": "docx",
    "red-dwarf": "reddwarf",
}


def direct_requirements(*sections: str) -> list[Requirement]:
    """What setup.cfg asks for, from `install_requires` or an extra."""
    settings = ConfigParser()
    settings.read(ROOT / "setup.cfg")
    lines = []
    for section in sections:
        if section == "run":
            lines += settings["options"]["install_requires"].split("\n")
        else:
            lines += settings["options.extras_require"][section].split("\n")
    return [Requirement(line) for line in lines if line.strip()]


def locked(lock: str) -> dict[str, str]:
    found = re.findall(r"^([a-z0-9][a-z0-9._-]*)(?:\[.*\])?==([^ ;\\]+)", _text(lock), re.MULTILINE)
    return {canonicalize_name(package): version for package, version in found}


def _text(lock: str) -> str:
    return (LOCKS / lock).read_text()


def targets() -> dict[str, str]:
    """The targets of the Makefile with the lines below each."""
    text = (ROOT / "Makefile").read_text()
    return dict(re.findall(r"^([a-z-]+):.*\n((?:\t.*\n)*)", text, re.MULTILINE))


def roots_of_imports(file: Path) -> set[str]:
    """The first names of all modules that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


RUN = direct_requirements("run", "postgres", "redis")
TEST = direct_requirements("test")


class TestLocks:
    @pytest.mark.parametrize("requirement", RUN, ids=str)
    def test_hold_what_running_asks_for(self, requirement: Requirement) -> None:
        assert requirement.specifier.contains(
            locked("run.txt")[canonicalize_name(requirement.name)]
        )

    @pytest.mark.parametrize("requirement", TEST, ids=str)
    def test_hold_what_testing_asks_for(self, requirement: Requirement) -> None:
        assert requirement.specifier.contains(
            locked("test.txt")[canonicalize_name(requirement.name)]
        )

    def test_agree_with_each_other(self) -> None:
        run, test = locked("run.txt"), locked("test.txt")
        assert {name: test.get(name) for name in run} == run

    @pytest.mark.parametrize("lock", sorted(LOCKS.glob("*.txt")), ids=lambda lock: lock.name)
    def test_carry_hashes_and_no_address(self, lock: Path) -> None:
        text = lock.read_text()
        assert "://" not in text
        assert "index-url" not in text
        packages = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
        assert [package for package in packages if "--hash=sha256:" not in package] == []


class TestDependencies:
    @pytest.mark.parametrize("requirement", RUN + TEST, ids=lambda requirement: requirement.name)
    def test_have_a_reason(self, requirement: Requirement) -> None:
        table = "\n".join(line for line in _text("README.md").splitlines() if line[:1] == "|")
        assert re.search(rf"\b{re.escape(requirement.name)}\b", table)

    def test_are_all_used(self) -> None:
        code = "\n".join(
            file.read_text("utf-8")
            for file in [
                ROOT / "config.py",
                *python_files("dialogue", "tests", "migrations", "bench"),
            ]
        )
        unused = []
        for requirement in RUN + TEST:
            if requirement.name in USED_WITHOUT_IMPORT:
                continue
            module = IMPORTED_AS.get(requirement.name, requirement.name.replace("-", "_"))
            if not re.search(rf"^\s*(import|from) {module}\b", code, re.MULTILINE):
                unused.append(requirement.name)
        assert unused == []

    @pytest.mark.parametrize(
        ("folders", "requirements"),
        [(("dialogue", "migrations"), RUN), (("tests", "drills", "bench"), RUN + TEST)],
        ids=["running", "testing"],
    )
    def test_are_named_for_every_import(
        self, folders: tuple[str, ...], requirements: list[Requirement]
    ) -> None:
        named = {IMPORTED_AS.get(one.name, one.name.replace("-", "_")) for one in requirements}
        if "bench" in folders:  # what it measures beside ours has an environment of its own
            names = re.findall(r"^[a-z-]+$", _text("references.in"), re.MULTILINE)
            named |= {IMPORTED_AS.get(name, name) for name in names}
        ours = {"bench", "config", "dialogue", "drills", "supervisor", "tests", "worker"}
        imported = {module for file in python_files(*folders) for module in roots_of_imports(file)}
        # Parts of a named package under another name of their own.
        parts = {"click", "jinja2", "kombu", "markupsafe", "itsdangerous", "werkzeug", "packaging"}
        assert imported - named - ours - parts - sys.stdlib_module_names == set()


class TestMakefile:
    def test_every_target_is_one_line(self) -> None:
        assert [name for name, lines in targets().items() if lines.count("\n") != 1] == []

    def test_has_every_target_that_the_documents_name(self) -> None:
        documents = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), LOCKS / "README.md"]
        named = {
            target
            for document in documents
            for target in re.findall(COMMAND, document.read_text("utf-8"), re.MULTILINE)
        }
        assert {"run", "test"} <= named
        assert named <= set(targets())
