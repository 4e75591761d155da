"""PDF, tagged as PDF/UA-1, set by typst from `report.typ`.

The template is ours; everything else goes in as JSON data, so no text of the public can become
markup, and the compiler sees an empty folder as its whole world.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import typst
from flask import current_app
from flask_babel import gettext as _

from dialogue.reports.model import Model
from dialogue.reports.render import glyphs
from dialogue.reports.render.blocks import blocks
from dialogue.reports.render.kinds import CannotRender, Circumstances
from dialogue.reports.render.presentation import Presentation

TEMPLATE = Path(__file__).with_name("report.typ")
FAMILIES = ("Public Sans", "Merriweather")
MOST_NAMES = 40  # of signs without a glyph
# A word that is longer than this may be broken anywhere, so that no line leaves the page.
_ENDLESS = re.compile(r"[^\s\u2e80-\uffff]{36}(?=[^\s])")
_BREAK = "\u200b"


def render(document: Model, circumstances: Circumstances) -> bytes:
    """Return the file; raises CannotRender when the fonts are not there."""
    shown = Presentation(document)
    charts = partial(_chart, current_app.jinja_env.get_template("reports/charts.html"))
    line = shown.covers
    if circumstances.number:
        line = f"{_('Report %(n)s', n=circumstances.number)} · {line}"
    content: dict[str, Any] = {
        "lang": shown.language,
        "site": circumstances.site,
        "title": shown.title,
        "short-title": document["dialogue"]["name"],
        "line": line,
        "lede": shown.lede,
        "figures": [vars(figure) for figure in shown.figures],
        "blocks": list(blocks(shown, charts)),
    }
    fonts = glyphs.Glyphs(_strings(content))
    content = _fitted(content, fonts)
    if fonts.missing:
        content["blocks"] += _missing(fonts)
    return _compile(content, fonts.files)


def _compile(content: dict[str, Any], files: list[Path]) -> bytes:
    with (
        tempfile.TemporaryDirectory(prefix="dialogue-report-") as empty,
        tempfile.TemporaryDirectory(prefix="dialogue-fonts-") as chosen,
    ):
        # The compiler takes folders: one that holds just these files keeps it quick.
        for number, file in enumerate(files):
            Path(chosen, f"{number}{file.suffix}").symlink_to(file)
        fonts = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[chosen]
        )
        families = fonts.families()
        if not set(FAMILIES) <= set(families):
            raise CannotRender(_("The fonts for the PDF are missing. Run the set-up again."))
        # A collection also brings faces of fixed width, which are not for running text.
        further = [f for f in sorted(set(families) - set(FAMILIES)) if "Mono" not in f]
        given = {"sans": [FAMILIES[0], *further], "serif": [FAMILIES[1], *further], **content}
        compiler = typst.Compiler(
            input=TEMPLATE.read_bytes(),
            root=empty,
            font_paths=fonts,
            sys_inputs={"data": json.dumps(given)},
        )
        pdf = compiler.compile(format="pdf", pdf_standards=["ua-1"], timestamp=0)
    return bytes(pdf or b"")  # type: ignore[arg-type]  # bytes where no output path is given


def _chart(template: Any, name: str, *given: Any) -> str:
    return str(getattr(template.module, name)(*given)).strip()


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            if key not in _NOT_WORDS:
                yield from _strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item)


def _fitted(value: Any, fonts: glyphs.Glyphs) -> Any:
    if isinstance(value, str):
        return _ENDLESS.sub(lambda found: found[0] + _BREAK, fonts.fit(value))
    if isinstance(value, dict):
        return {
            key: item if key in _NOT_WORDS else _fitted(item, fonts) for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_fitted(item, fonts) for item in value]
    return value


# Drawings hold only our own words, in Latin letters, and topic names never stand in them.
_NOT_WORDS = frozenset({"svg", "bar", "lang", "kind"})


def _missing(fonts: glyphs.Glyphs) -> list[dict[str, Any]]:
    names = sorted(fonts.missing)
    shown = ", ".join(names[:MOST_NAMES]) + (" …" if len(names) > MOST_NAMES else ".")
    text = _(
        "The fonts here cannot draw these scripts and signs; names in brackets stand for them:"
        " %(names)s",
        names=shown,
    )
    return [{"kind": "muted", "text": text}]
