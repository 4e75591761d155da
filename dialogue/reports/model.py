"""The report document as JSON: its version, its canonical form, its own digest."""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

FORMAT = "dialogue-report"
VERSION = 2
DECIMALS = 4

Model = dict[str, Any]


def seal(document: Model) -> Model:
    """Return the document rounded, with `sha256` over its canonical form."""
    whole = rounded({key: value for key, value in document.items() if key != "sha256"})
    return {**whole, "sha256": digest(whole)}


def canonical(document: Model) -> bytes:
    """Return the one way to write a document: sorted keys, no spaces, UTF-8, no `sha256`."""
    bare = {key: value for key, value in document.items() if key != "sha256"}
    return json.dumps(
        bare, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def digest(document: Model) -> str:
    """Return the SHA-256 of the canonical form."""
    return hashlib.sha256(canonical(document)).hexdigest()


def to_bytes(document: Model) -> bytes:
    """Return the file: the sealed document with sorted keys and indents, for people to read."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)
    return (text + "\n").encode()


def rounded(value: Any) -> Any:
    """Return the value with every number as a document holds it; raises ValueError for NaN."""
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("A report holds no infinite or undefined number.")
        return round(value, DECIMALS) + 0.0  # minus zero becomes zero
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    return value
