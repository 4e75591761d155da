"""Under a name that is not ours the site says no, in words, and repeats nothing of that name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from config import Config
from dialogue.app import create_app
from tests.conftest import Database
from tests.parts import tables

OURS = "dialogue.example"
NOT_OURS = ("evil.example", "dialogue.example.evil", "evil.dialogue.example", "[", "a b", "x" * 300)


@pytest.fixture
def client(database: Database) -> Iterator[FlaskClient]:
    app = create_app(
        Config.for_tests(
            instance=database.instance,
            database_url=database.url,
            BASE_URL=f"https://{OURS}",
            TRUSTED_HOSTS=[OURS],
        )
    )
    app.testing = False  # as in production: what is not answered would be a bare 500
    yield app.test_client()
    tables.let_go(app)


@pytest.mark.sqlite_only
class TestAnotherName:
    @pytest.mark.parametrize("host", NOT_OURS)
    def test_is_answered_with_a_page(self, client: FlaskClient, host: str) -> None:
        for method, path in (
            ("GET", "/"),
            ("GET", "/nowhere"),
            ("GET", "/healthz"),
            ("GET", "/account/sign-in"),
            ("POST", "/account/sign-in"),
            ("GET", "/leaving?to=1"),
        ):
            answer = client.open(
                path, method=method, headers={"Host": host, "Referer": f"https://{host}/x"}
            )
            assert answer.status_code == 400, (method, path)
            assert "<h1" in answer.text
            assert "evil" not in answer.text + str(answer.headers)

    def test_of_ours_is_served_with_a_cookie_for_it_alone(self, client: FlaskClient) -> None:
        answer = client.get("/account/sign-in", base_url=f"https://{OURS}")
        assert answer.status_code == 200
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-dialogue=")
        for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert part in cookie
        assert "Domain" not in cookie
