"""Where things stand in the charts: plain numbers for the drawings.

The same drawings go into the page and the PDF, so they carry their colours as attributes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _

from dialogue.reports.model import Model
from dialogue.reports.render.activity import Bar
from dialogue.reports.render.numerals import number, shorten

MAP_WIDTH, MAP_HEIGHT, MAP_MARGIN = 760, 430, 34
LABEL_LETTERS, LETTER_WIDTH, LABEL_HEIGHT = 28, 8.8, 24  # of a label on the map
DAYS_WIDTH, ROW_HEIGHT, BAR_AREA, LABELS, ROW_TOP, NOTE_HEIGHT = 760, 92, 58, 128, 24, 20

# Teal, blue, rust of the design, then two more; the shape always says it too.
COLOURS = ("#0f6460", "#07648d", "#914734", "#5d5d52", "#54278f")
TINTS = ("#e7f2f1", "#e3f0f6", "#f7ede9", "#efefec", "#eee7f5")
SHAPES = ("circle", "triangle", "square", "diamond", "cross")
ACTIVITY_COLOURS = ("#07648d", "#3d7f97", "#002d3f")


@dataclass(frozen=True)
class Style:
    """How a group looks wherever it is drawn."""

    letter: str
    shape: str
    colour: str
    tint: str


@dataclass(frozen=True)
class Mark:
    """A shape on the map, with its outline as an SVG path."""

    path: str
    style: Style


@dataclass(frozen=True)
class Outline:
    """The ellipse of a group and where its letter stands."""

    x: float
    y: float
    rx: float
    ry: float
    turn: float
    label_x: float
    label_y: float
    people: int
    style: Style
    name: str  # a person's, shortened; "" without one


@dataclass(frozen=True)
class OpinionMap:
    """Everything that the map draws, in pixels."""

    width: int
    height: int
    axis_x: float
    axis_y: float
    outlines: list[Outline]
    marks: list[Mark]


@dataclass(frozen=True)
class DayBar:
    """One bar of the activity chart; `note` is the number over the tallest."""

    x: float
    y: float
    width: float
    height: float
    note: str


@dataclass(frozen=True)
class DayRow:
    """One small multiple: a kind of activity over time."""

    name: str
    total: str
    top: float
    base: float
    colour: str
    bars: list[DayBar]


@dataclass(frozen=True)
class DayNote:
    """What stands over one bar, with a line down through all rows."""

    x: float
    anchor: str  # the side of the words that touches the line
    text: str


@dataclass(frozen=True)
class DayChart:
    """The rows of the activity chart, the dates under them and the day to note."""

    width: int
    height: int
    rows: list[DayRow]
    ticks: list[tuple[float, str]]
    note: DayNote | None


def styles(document: Model) -> dict[str, Style]:
    """Return how each group is drawn, by letter."""
    return {
        group["letter"]: Style(
            group["letter"],
            SHAPES[n % len(SHAPES)],
            COLOURS[n % len(COLOURS)],
            TINTS[n % len(TINTS)],
        )
        for n, group in enumerate(document["groups"]["list"])
    }


def opinion_map(document: Model) -> OpinionMap | None:
    """Place the map of a document; None when it has none."""
    drawn = document["groups"]["map"]
    if drawn is None:
        return None
    look = styles(document)
    groups = {group["letter"]: group for group in document["groups"]["list"]}
    boxes = [_box(outline) for outline in drawn["outlines"]]
    left = min([*(b[0] for b in boxes), *(m["x"] for m in drawn["marks"])])
    right = max([*(b[1] for b in boxes), *(m["x"] for m in drawn["marks"])])
    low = min([*(b[2] for b in boxes), *(m["y"] for m in drawn["marks"])])
    high = max([*(b[3] for b in boxes), *(m["y"] for m in drawn["marks"])])
    scale = min(
        (MAP_WIDTH - 2 * MAP_MARGIN) / max(right - left, 1e-6),
        (MAP_HEIGHT - 2 * MAP_MARGIN) / max(high - low, 1e-6),
    )
    middle_x, middle_y = (left + right) / 2, (low + high) / 2

    def across(x: float) -> float:
        return round(MAP_WIDTH / 2 + (x - middle_x) * scale, 1)

    def down(y: float) -> float:
        return round(MAP_HEIGHT / 2 - (y - middle_y) * scale, 1)

    outlines = [
        Outline(
            x=across(o["x"]),
            y=down(o["y"]),
            rx=round(o["rx"] * scale, 1),
            ry=round(o["ry"] * scale, 1),
            turn=round(-o["turn"], 1),
            label_x=across(o["x"]),
            label_y=max(down(box[3]) + 20, 22),
            people=groups[o["group"]]["people"],
            style=look[o["group"]],
            name=shorten(groups[o["group"]].get("name", ""), LABEL_LETTERS),
        )
        for o, box in zip(drawn["outlines"], boxes, strict=True)
    ]
    outlines = _apart(outlines)
    marks = [
        Mark(
            shape_path(
                look[m["group"]].shape,
                across(m["x"]),
                down(m["y"]),
                3.4 + 0.25 * min(m["people"], 12) / 2,
            ),
            look[m["group"]],
        )
        for m in drawn["marks"]
    ]
    return OpinionMap(MAP_WIDTH, MAP_HEIGHT, across(0), down(0), outlines, marks)


def _apart(outlines: list[Outline]) -> list[Outline]:
    """Keep labels inside the map and off each other: of two that meet, the later moves down."""
    placed: list[Outline] = []
    for one in outlines:
        people = _("%(n)s people", n=number(one.people))
        half = LETTER_WIDTH * (len(one.name) + len(f"A.  · {people}")) / 2
        x = min(max(one.label_x, half), max(MAP_WIDTH - half, half))
        y = one.label_y
        while any(abs(y - other.label_y) < LABEL_HEIGHT for other in placed):
            y += LABEL_HEIGHT
        placed.append(replace(one, label_x=round(x, 1), label_y=y))
    return placed


def shape_name(shape: str) -> str:
    """Return how a mark is called in a legend."""
    return {
        "circle": _("circle"),
        "triangle": _("triangle"),
        "square": _("square"),
        "diamond": _("diamond"),
        "cross": _("cross"),
    }[shape]


def shape_path(shape: str, x: float, y: float, r: float) -> str:
    """Return the SVG path of a mark around (x, y), of about the same weight for each shape."""
    if shape == "circle":
        half = f"a{r:.1f} {r:.1f} 0 1 0"
        return f"M{x - r:.1f} {y:.1f}{half} {2 * r:.1f} 0{half} {-2 * r:.1f} 0z"
    if shape == "triangle":
        h = 1.25 * r
        return f"M{x:.1f} {y - h:.1f}L{x + h:.1f} {y + 0.8 * h:.1f}L{x - h:.1f} {y + 0.8 * h:.1f}z"
    if shape == "square":
        h = 0.9 * r
        return f"M{x - h:.1f} {y - h:.1f}h{2 * h:.1f}v{2 * h:.1f}h{-2 * h:.1f}z"
    if shape == "diamond":
        h = 1.25 * r
        return f"M{x:.1f} {y - h:.1f}l{h:.1f} {h:.1f}l{-h:.1f} {h:.1f}l{-h:.1f} {-h:.1f}z"
    a, b = 1.2 * r, 0.45 * r
    return (
        f"M{x - a:.1f} {y - b:.1f}h{a - b:.1f}v{b - a:.1f}h{2 * b:.1f}v{a - b:.1f}h{a - b:.1f}"
        f"v{2 * b:.1f}h{b - a:.1f}v{a - b:.1f}h{-2 * b:.1f}v{b - a:.1f}h{b - a:.1f}z"
    )


def day_chart(
    bars: list[Bar], names: Iterable[tuple[str, str]], note: tuple[int, str] | None = None
) -> DayChart | None:
    """Place the activity chart; `names` are (field of Bar, words), `note` is what to say over
    which bar. Rows without anything are left out; None when nothing is left."""
    if not bars:
        return None
    step = (DAYS_WIDTH - LABELS - 12) / len(bars)
    shown = [(f, name) for f, name in names if any(getattr(bar, f) for bar in bars)]
    top = ROW_TOP + (NOTE_HEIGHT if note else 0)
    rows = []
    for place, (field, name) in enumerate(shown):
        values = [getattr(bar, field) for bar in bars]
        most = max(values)
        base = top + place * ROW_HEIGHT + BAR_AREA
        rows.append(
            DayRow(
                name=name,
                total=number(sum(values)),
                top=base - BAR_AREA,
                base=base,
                colour=ACTIVITY_COLOURS[place % len(ACTIVITY_COLOURS)],
                bars=[
                    DayBar(
                        x=round(LABELS + n * step + 0.12 * step, 1),
                        y=round(base - BAR_AREA * value / most, 1),
                        width=round(0.76 * step, 1),
                        height=round(BAR_AREA * value / most, 1),
                        note=number(value) if n == values.index(most) else "",
                    )
                    for n, value in enumerate(values)
                ],
            )
        )
    if not rows:
        return None
    every = max(1, math.ceil(len(bars) / 8))
    # A label never runs out of the drawing, however far right its bar stands.
    ticks = [
        (min(round(LABELS + (n + 0.5) * step, 1), DAYS_WIDTH - 4.0 * len(bar.label)), bar.label)
        for n, bar in enumerate(bars)
        if n % every == 0
    ]
    said = None
    if note:
        x = round(LABELS + (note[0] + 0.5) * step, 1)
        said = DayNote(x, "end" if x > DAYS_WIDTH / 2 else "start", note[1])
    return DayChart(DAYS_WIDTH, int(rows[-1].base + 34), rows, ticks, said)


def dots(row: dict[str, Any], look: dict[str, Style], width: int) -> list[tuple[str, Style, float]]:
    """Return the marks of a dot-range row: path, style and place of each group's mean share."""
    return [
        (shape_path(look[letter].shape, 10 + share * (width - 20), 12, 6.5), look[letter], share)
        for letter, share in row["groups"].items()
        if share is not None
    ]


def _box(outline: dict[str, Any]) -> tuple[float, float, float, float]:
    """Return left, right, bottom, top of a turned ellipse."""
    turn = math.radians(outline["turn"])
    half_x = math.hypot(outline["rx"] * math.cos(turn), outline["ry"] * math.sin(turn))
    half_y = math.hypot(outline["rx"] * math.sin(turn), outline["ry"] * math.cos(turn))
    x, y = outline["x"], outline["y"]
    return x - half_x, x + half_x, y - half_y, y + half_y
