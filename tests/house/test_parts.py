"""The real parts that tests stand on start, answer and are told apart from their likenesses."""

import smtplib
from email.message import EmailMessage

import psycopg
import pytest
import redis as redis_client
from kombu import Connection
from playwright.sync_api import Browser, Request, Route

from tests.parts import chromium
from tests.parts.mailbox import Mailbox
from tests.parts.postgresql import Cluster


class TestPostgresql:
    pytestmark = pytest.mark.postgresql

    def test_gives_every_test_a_database_of_its_own(self, postgresql_cluster: Cluster) -> None:
        with postgresql_cluster.database() as one, postgresql_cluster.database() as other:
            with psycopg.connect(one) as connection:
                connection.execute("CREATE TABLE mark (id int)")
            with psycopg.connect(other) as connection, pytest.raises(psycopg.errors.UndefinedTable):
                connection.execute("SELECT * FROM mark")

    def test_copies_a_template(self, postgresql_cluster: Cluster) -> None:
        def build(url: str) -> None:
            with psycopg.connect(url) as connection:
                connection.execute("CREATE TABLE mark AS SELECT 7 AS id")

        template = postgresql_cluster.template("template_of_this_test", build)
        with (
            postgresql_cluster.database(template) as url,
            psycopg.connect(url) as connection,
        ):
            assert connection.execute("SELECT id FROM mark").fetchall() == [(7,)]


class TestBrokers:
    @pytest.mark.rabbitmq
    def test_rabbitmq_hands_a_message_over(self, rabbitmq_url: str) -> None:
        with Connection(rabbitmq_url) as connection, connection.SimpleQueue("parts") as queue:
            queue.put({"id": 1})
            assert queue.get(timeout=5).payload == {"id": 1}

    @pytest.mark.redis
    def test_redis_keeps_a_value(self, redis_url: str) -> None:
        with redis_client.from_url(redis_url) as connection:
            connection.set("parts", "here")
            assert connection.get("parts") == b"here"


class TestMailbox:
    def test_keeps_what_arrives(self, mailbox: Mailbox) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "a@example.org", "b@example.org", "Hello"
        mail.set_content("A line.")
        host, port = mailbox.url.removeprefix("smtp://").split(":")
        with smtplib.SMTP(host, int(port)) as server:
            server.send_message(mail)
        assert [kept["Subject"] for kept in mailbox.to("b@example.org")] == ["Hello"]

    def test_refuses_when_told_to(self, mailbox: Mailbox) -> None:
        mailbox.refuse_with = "451 later"
        host, port = mailbox.url.removeprefix("smtp://").split(":")
        with (
            smtplib.SMTP(host, int(port)) as server,
            pytest.raises(smtplib.SMTPDataError),
        ):
            server.sendmail("a@example.org", ["b@example.org"], "Subject: x\n\nA line.")
        assert mailbox.mails == []


@pytest.mark.browser
class TestTheWatchOfTheBrowser:
    """A watch that never complains would be worth nothing: each kind of problem is provoked."""

    @pytest.mark.parametrize(
        ("body", "complaint"),
        [
            ("<script>console.error('broken')</script>", "console error: broken"),
            ("<script>throw new Error('broken')</script>", "script error: broken"),
            ("<img src='http://elsewhere.test/x.png' alt=''>", "request to another host"),
            ("<script src='/missing.js'></script>", "404 for"),
        ],
    )
    def test_complains(self, browser: Browser, body: str, complaint: str) -> None:
        def answer(route: Route, request: Request) -> None:
            url = request.url
            page = f"<!doctype html><title>x</title><link rel=icon href=data:,>{body}"
            if url == "http://site.test/":
                route.fulfill(body=page, content_type="text/html")
            else:
                route.fulfill(status=404, body="")

        with (
            pytest.raises(AssertionError, match=complaint),
            chromium.visit(browser, "http://site.test") as visitor,
        ):
            visitor.context.route("**/*", answer)
            visitor.go("/")
            visitor.page.wait_for_load_state("networkidle")
