"""The settings, for the parts that know no Flask."""

from __future__ import annotations

from typing import Any

from flask import current_app


def setting(name: str) -> Any:
    """Return the value of a setting of `config.Config`; raises KeyError for a name it lacks."""
    return current_app.config[name]
