"""The fingerprint of a wording: taken when it is written, compared when the record is verified."""

from __future__ import annotations

import hashlib


def fingerprint(title: str, source: str) -> str:
    """Return the SHA-256 of title, a line feed, and source."""
    return hashlib.sha256(f"{title}\n{source}".encode()).hexdigest()
