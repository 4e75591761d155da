"""Work reaches the worker over every broker, and none is lost with a worker that is killed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.parts.person import Person
from tests.parts.site import Site

BROKERS = ["embedded", pytest.param("rabbitmq", marks=pytest.mark.rabbitmq)]


@pytest.fixture(params=BROKERS)
def served(request: pytest.FixtureRequest, install: Callable[..., Site]) -> Site:
    """A site whose web server runs; its worker speaks through one of the brokers."""
    settings = {"DIALOGUE_RESEND_SECONDS": "2"}
    if request.param != "embedded":
        settings["DIALOGUE_BROKER_URL"] = request.getfixturevalue(f"{request.param}_url")
    site = install(**settings)
    site.start_web()
    return site


def begin_account(site: Site, email: str) -> None:
    """Makes the platform write a mail."""
    with Person(site.url) as person:
        form = person.form("/account/create", holding="email")
        answer = person.send(form, email=email, accept_policy="yes")
        assert answer.status_code == 303, answer.text


class TestAMail:
    def test_is_sent_by_the_worker(self, served: Site) -> None:
        served.start_worker()
        begin_account(served, "ana@example.org")
        assert served.wait_for_mail("ana@example.org")["To"] == "ana@example.org"

    def test_waits_for_a_worker_that_is_down(self, served: Site) -> None:
        begin_account(served, "ana@example.org")
        assert served.mails() == []
        served.start_worker()
        served.wait_for_mail("ana@example.org")

    def test_is_sent_once_although_the_worker_was_killed(self, served: Site) -> None:
        served.start_worker("--pool", "prefork", "--concurrency", "1", name="first")
        begin_account(served, "ana@example.org")
        served.kill("first")
        served.start_worker(name="second")
        begin_account(served, "bo@example.org")
        served.wait_for_mail("ana@example.org")
        served.wait_for_mail("bo@example.org")
        assert len(served.mails("ana@example.org")) == 1
