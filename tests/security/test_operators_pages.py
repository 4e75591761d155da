"""Figures for programs on this machine stay on this machine."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient


@pytest.mark.sqlite_only
class TestMetrics:
    def test_are_told_to_programs_here(self, client: FlaskClient) -> None:
        assert client.get("/metrics").status_code == 200

    @pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded"])
    def test_are_told_to_nobody_through_a_proxy_here(self, client: FlaskClient, name: str) -> None:
        assert client.get("/metrics", headers={name: "198.51.100.1"}).status_code == 404

    def test_are_told_to_nobody_elsewhere(self, client: FlaskClient) -> None:
        elsewhere = {"REMOTE_ADDR": "198.51.100.1"}
        assert client.get("/metrics", environ_overrides=elsewhere).status_code == 404
