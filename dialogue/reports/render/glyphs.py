"""Which characters our fonts can draw; the others are named, so that no report fails on one.

A tagged PDF may not hold a character without a glyph: one emoji would spoil the whole file.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from fontTools.ttLib import TTFont

PRINT_FONTS = Path(__file__).resolve().parents[3] / "static" / "build" / "print-fonts"
# Fonts for further scripts, used when a text needs them: Chinese, Japanese and Korean come with
# the environment, others where Debian's packages put them.
CJK = find_spec("noto_cjk_sans_otc")
FURTHER_FONTS = (
    *([Path(CJK.origin).parent] if CJK is not None and CJK.origin else []),
    Path("/usr/share/fonts/opentype/noto"),
    Path("/usr/share/fonts/truetype/noto"),
)
OWN_FACES = ("PublicSans", "Latin-Merriweather")
_UNSEEN = frozenset({"Cc", "Cf", "Cs"})
_VARIANTS = frozenset(map(chr, range(0xFE00, 0xFE10)))
NAMED_ONE_BY_ONE = 4  # longer runs are counted instead


@lru_cache(maxsize=256)
def coverage(font: Path) -> frozenset[int]:
    """Return the code points that a font file has a glyph for."""
    with TTFont(font, lazy=True, fontNumber=0) as opened:  # the first of a collection
        return frozenset(opened.getBestCmap())


def files_below(folders: Iterable[Path]) -> list[Path]:
    """Return the font files below some folders, in one order everywhere."""
    return sorted(
        path
        for folder in folders
        if folder.is_dir()
        for path in folder.rglob("*")
        if path.suffix in {".ttf", ".otf", ".ttc"}
    )


class Glyphs:
    """Chooses font files for some texts and replaces what none of them can draw."""

    def __init__(self, texts: Iterable[str]) -> None:
        bundled = files_below([PRINT_FONTS])
        own = [file for file in bundled if file.name.startswith(OWN_FACES)]
        # A text may be set in any of our faces, so each must have the character.
        self._drawn: set[int] = set()
        if own:
            self._drawn |= frozenset.intersection(*(coverage(file) for file in own))
        self.files = own
        self.missing: set[str] = set()
        needed = {ord(letter) for text in texts for letter in text} - self._drawn
        for file in (*(f for f in bundled if f not in own), *files_below(FURTHER_FONTS)):
            if not needed:
                break
            if "bold" not in file.name.lower() and needed & coverage(file):
                self.files.append(file)
                self._drawn |= coverage(file)
                needed -= coverage(file)

    def fit(self, text: str) -> str:
        """Return the text with names in brackets for what cannot be drawn; notes what it was."""
        parts: list[str] = []
        run: list[str] = []
        for letter in text:
            if letter != "\n" and unicodedata.category(letter) in _UNSEEN:
                continue  # controls, joins, marks of direction, variants: nothing to see
            if letter == "\n" or ord(letter) in self._drawn:
                parts += [_named(run), letter]
                run = []
            elif letter not in _VARIANTS:
                self.missing.add(letter)
                run.append(letter)
        parts.append(_named(run))
        return "".join(parts)


def name(letter: str) -> str:
    """Return the Unicode name of a character, or its number where it has none."""
    return unicodedata.name(letter, f"U+{ord(letter):04X}")


def _named(run: list[str]) -> str:
    if not run:
        return ""
    if len(run) <= NAMED_ONE_BY_ONE:
        return "".join(f"[{name(letter)}]" for letter in run)
    return f"[{len(run)} × {name(run[0]).split('-')[0]}]"
