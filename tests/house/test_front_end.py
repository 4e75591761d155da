"""What pages are made of: templates that say what they are given, icons that exist, few bytes."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
SOURCES = ROOT / "static" / "src"
SCRIPT_LIMIT = 30_000  # bytes, compressed, of everything a page may load

PAGES = sorted(
    path
    for path in TEMPLATES.rglob("*.html")
    if path.parent.name not in {"components", "layouts"} and "{% extends" in path.read_text()
)


def text_of_templates() -> str:
    return "\n".join(path.read_text() for path in TEMPLATES.rglob("*.html"))


class TestTemplates:
    @pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(TEMPLATES)))
    def test_begin_with_what_they_are_given(self, page: Path) -> None:
        """The comment is the contract between a view and its page."""
        comment = page.read_text().split("#}", 1)[0]
        assert comment.startswith("{#")
        assert "Given" in comment

    def test_use_only_icons_that_exist(self) -> None:
        drawn = set(re.findall(r'<symbol id="([a-z]+)"', (SOURCES / "icons/icons.svg").read_text()))
        used = set(re.findall(r"icon\('([a-z]+)'", text_of_templates()))
        assert used, "no template uses an icon: the search is wrong"
        assert used <= drawn

    def test_fill_the_bar_of_disagreement_with_a_pattern_that_every_frame_has(self) -> None:
        """Agree and disagree must differ in greyscale too."""
        for layout in ("public", "staff"):
            assert "frame.patterns()" in (TEMPLATES / f"layouts/{layout}.html").read_text()
        assert 'id="hatch"' in (TEMPLATES / "components/frame.html").read_text()
        assert 'url("#hatch")' in (SOURCES / "scss/_votes.scss").read_text()


class TestScripts:
    def test_are_small(self) -> None:
        scripts = sorted((SOURCES / "js").rglob("*.js"))
        assert scripts
        whole = "\n".join(path.read_text() for path in scripts)
        assert len(gzip.compress(whole.encode())) <= SCRIPT_LIMIT

    def test_never_build_markup_from_words(self) -> None:
        """Words of people stay text; a fragment is parsed without running anything."""
        for path in (SOURCES / "js").rglob("*.js"):
            script = path.read_text()
            for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
                assert way not in script, f"{path.name}: {way}"


class TestTheLock:
    def test_names_no_registry(self) -> None:
        assert '"resolved"' not in (ROOT / "package-lock.json").read_text()
