"""What the tests of reports share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask


@pytest.fixture
def context(app: Flask) -> Iterator[Flask]:
    """The application, entered."""
    with app.app_context():
        yield app
