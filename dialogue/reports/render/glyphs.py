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
# the environment, others are looked for where systems have theirs (fonts-noto-core has the most).
# Those of one script come first: the large ones draw Greek and Cyrillic as wide as their own.
CJK = find_spec("noto_cjk_sans_otc")
FURTHER_FONTS = (
    Path("/usr/share/fonts/truetype/noto"),
    Path("/usr/share/fonts/truetype/dejavu"),
    *([Path(CJK.origin).parent] if CJK is not None and CJK.origin else []),
    Path("/usr/share/fonts/opentype/noto"),
    Path("/usr/share/fonts/truetype"),
    Path("/usr/share/fonts/opentype"),
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
    """Return the font files below some folders, folder by folder, each once."""
    found = (
        path
        for folder in folders
        if folder.is_dir()
        for path in sorted(folder.rglob("*"))
        if path.suffix in {".ttf", ".otf", ".ttc"}
    )
    return list(dict.fromkeys(found))


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
            if needed & coverage(file) and _is_plain(file):
                self.files.append(file)
                self._drawn |= coverage(file)
                needed -= coverage(file)

    def fit(self, text: str) -> str:
        """Return the text with words in brackets for what cannot be drawn; notes what it was.

        Signs are called by their names; a stretch in a script without a font is named as a whole.
        """
        parts: list[str] = []
        run: list[str] = []
        between: list[str] = []  # what can be drawn, between two words that cannot
        for letter in text:
            if letter != "\n" and unicodedata.category(letter) in _UNSEEN:
                continue  # controls, joins, marks of direction, variants: nothing to see
            if letter != "\n" and ord(letter) not in self._drawn:
                if letter not in _VARIANTS:
                    self.missing.add(_kind(letter))
                    run.append(letter)
                    between = []
            elif run and _is_word(run[-1]) and not letter.isalnum() and letter != "\n":
                between.append(letter)
            else:
                parts += [_named(run), *between, letter]
                run, between = [], []
        return "".join([*parts, _named(run), *between])


def name(letter: str) -> str:
    """Return the Unicode name of a character, or its number where it has none."""
    return unicodedata.name(letter, f"U+{ord(letter):04X}")


@lru_cache(maxsize=256)
def _is_plain(font: Path) -> bool:
    """Tell whether a face is upright, of common weight and made for running text."""
    with TTFont(font, lazy=True, fontNumber=0) as opened:
        style = opened["OS/2"]
        odd = style.fsSelection & 1 or opened["post"].isFixedPitch or "Math" in font.name
        return 300 <= style.usWeightClass <= 500 and not odd


def _is_word(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "LM"


def _kind(letter: str) -> str:
    """Return the script of a letter ("Devanagari"), the name of any other sign."""
    return (name(letter).split()[0] if _is_word(letter) else name(letter)).capitalize()


def _named(run: list[str]) -> str:
    if not run:
        return ""
    if len(run) <= NAMED_ONE_BY_ONE:
        return "".join(f"[{name(letter)}]" for letter in run)
    return f"[{len(run)} × {_kind(run[0])}]"
