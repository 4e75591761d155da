"""The report as a page: what the templates in `templates/reports/` are given."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from flask import current_app
from markupsafe import Markup

from dialogue.reports.model import Model
from dialogue.reports.render import geometry
from dialogue.reports.render.kinds import Circumstances
from dialogue.reports.render.language import speaking
from dialogue.reports.render.numerals import percent, whole
from dialogue.reports.render.presentation import LONG_LIST, Presentation

DOT_WIDTH = 640
STYLE_SHEETS = Path(__file__).resolve().parents[3] / "static" / "build"


def context(document: Model, idea_url: Callable[[int], str]) -> dict[str, Any]:
    """Return what `reports/body.html` needs; `document` is a readable one.

    To be called, and the body to be written, in the report's language.
    """
    shown = Presentation(document)
    look = geometry.styles(document)
    return {
        "p": shown,
        "d": document,
        "look": look,
        "map": geometry.opinion_map(document),
        "days": geometry.day_chart(shown.activity.bars, shown.activity.names, shown.activity.note),
        "dots": partial(geometry.dots, look=look, width=DOT_WIDTH),
        "mark": lambda letter: geometry.shape_path(look[letter].shape, 9, 9, 6.5),
        "idea_url": idea_url,
        "percent": percent,
        "whole": whole,
        "in_its_language": in_its_language(document),
        "limit": LONG_LIST,
    }


def in_its_language(document: Model) -> Callable[[Callable[[], str]], str]:
    """Return what writes a part of a page as the report speaks, whatever the frame around it does:
    `{% call in_its_language() %} … {% endcall %}`."""

    def written(caller: Callable[[], str]) -> str:
        with speaking(document):
            return caller()

    return written


def render(document: Model, _circumstances: Circumstances) -> bytes:
    """Return the report as one HTML file."""
    sheets = sorted(STYLE_SHEETS.glob("site.*.css"))
    style = sheets[-1].read_text() if sheets else ""
    given = context(document, lambda idea: "")
    template = current_app.jinja_env.get_template("reports/file.html")
    return template.render(style=Markup(style), **given).encode()  # noqa: S704 - our own style sheet
