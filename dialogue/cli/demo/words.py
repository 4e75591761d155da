"""Reads the words of the demonstration."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Person:
    """An invented participant and the view in which they vote."""

    name: str
    view: str


@dataclass(frozen=True)
class Words:
    """Everything the demonstration says."""

    dialogue: dict[str, Any]
    ideas: list[dict[str, Any]]
    comments: list[dict[str, Any]]
    people: list[Person]


def read() -> Words:
    """Return the words, as the files have them."""
    views = _load("people.toml")["views"]
    return Words(
        dialogue=_load("dialogue.toml"),
        ideas=_load("ideas.toml")["ideas"],
        comments=_load("comments.toml")["comments"],
        people=[Person(name, view) for view, rows in views.items() for name in rows["people"]],
    )


def _load(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / name).read_text())
