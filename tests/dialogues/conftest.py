"""The cast, for the tests of this slice."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.cast import Cast, assemble


@pytest.fixture
def cast(app: Flask) -> Cast:
    return assemble(app)
