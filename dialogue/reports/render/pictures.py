"""A drawing as PNG, for formats that cannot show SVG; set by the compiler of the PDF."""

from __future__ import annotations

import re
import tempfile
from functools import lru_cache

import typst

from dialogue.reports.render import glyphs

RESOLUTION = 192.0  # dots an inch: sharp on paper and on dense screens

_TEMPLATE = b"""
#set page(width: auto, height: auto, margin: 0pt, fill: white)
#image(bytes(sys.inputs.svg), format: "svg", width: float(sys.inputs.width) * 1pt)
"""
_WIDTH = re.compile(r'viewBox="0 0 ([0-9.]+) ')


@lru_cache(maxsize=64)
def png(svg: str) -> bytes:
    """Return an SVG of ours as a picture on white, at its own size. Deterministic."""
    found = _WIDTH.search(svg)
    width = float(found[1]) if found else 640.0
    with tempfile.TemporaryDirectory(prefix="dialogue-picture-") as empty:
        fonts = typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=False,
            font_paths=[str(glyphs.PRINT_FONTS)],
        )
        compiler = typst.Compiler(
            input=_TEMPLATE,
            root=empty,
            font_paths=fonts,
            sys_inputs={"svg": svg, "width": str(width * 0.75)},
        )
        drawn = compiler.compile(format="png", ppi=RESOLUTION)
    return bytes(drawn or b"")  # type: ignore[arg-type]  # bytes where no output path is given
