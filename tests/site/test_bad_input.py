"""Whatever is sent: a clear page with the right status, the words kept, nothing counted twice."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from dialogue.kernel.db import db
from dialogue.participation.models import Contribution, Revision, Vote
from tests.cast import OTHER_SLUG, SLUG, Cast
from tests.pages import Browser

NEW = f"/d/{SLUG}/ideas/new"
HUGE = ("9" * 18, "9" * 19, "9" * 40, "9" * 5000)
NOT_TEXT = (
    "half a character \ud800",
    "the other half \udfff",
    "a NUL \x00 byte",
)


def rows(cast: Cast) -> tuple[int, int, int]:
    """How many contributions, wordings and votes there are."""

    def count() -> tuple[int, int, int]:
        one, two, three = (
            db.session.scalar(select(func.count()).select_from(model)) or 0
            for model in (Contribution, Revision, Vote)
        )
        return one, two, three

    return cast.read(count)


@pytest.fixture
def unchanged(cast: Cast) -> Iterator[None]:
    """At the end, as many contributions, wordings and votes as before."""
    before = rows(cast)
    yield
    assert rows(cast) == before


def shown(page: str, words: str) -> bool:
    return words in html.unescape(page)


@pytest.mark.usefixtures("unchanged")
class TestAnIdea:
    def test_that_breaks_a_rule_comes_back_with_a_sentence_and_its_words(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        title, body = "A title that stays", "A body that stays."
        cases = {
            "title": [
                ({"title": ""}, "Write your idea in one sentence"),
                ({"title": " \n\t "}, "Write your idea in one sentence"),
                ({"title": "t" * 121}, "Shorten this by 1 characters; 120 fit."),
                ({"title": "😀" * 121}, "Shorten this by 1 characters; 120 fit."),
            ],
            "body": [
                ({"body": "b" * 4001}, "Shorten this by 1 characters; 4000 fit."),
                ({"body": "b" * 10001}, "Shorten this by 6001 characters; 4000 fit."),
                ({"body": "- " * 1900 + "deep"}, "Use fewer"),
                ({"body": "> " * 1900 + "deep"}, "Use fewer"),
            ],
            "topic": [
                ({"topic": ""}, "Choose a topic for your idea"),
                ({"topic": "taxes"}, "Choose one of the topics"),
                ({"topic": "\x00"}, "Choose one of the topics"),
            ],
        }
        for field, given in cases.items():
            for typed, sentence in given:
                for step in ("preview", "post"):
                    form = ana.form(NEW, holding="title")
                    words = {"title": title, "body": body, "topic": "training", **typed}
                    page = ana.send(form, 422, button=("step", step), **words).text
                    assert sentence in page or field == "body", (field, sentence)
                    assert f'id="{field}' in page
                    for name in ("title", "body"):
                        assert shown(page, words[name].strip()), f"{name} is lost ({field})"

    def test_of_five_thousand_nested_lists_is_refused_at_once(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        cast.change(body_limit=10_000)
        nested = "\n".join("  " * min(depth, 30) + "- x" for depth in range(200))
        for body in ("- " * 5000, "> " * 5000, "*" * 9999, "[" * 9999, "1. " * 3000, nested):
            form = ana.form(NEW, holding="title")
            answer = ana.client.post(
                NEW,
                data={
                    **form.fields,
                    "step": "preview",
                    "title": "t",
                    "topic": "none",
                    "body": body,
                },
            )
            assert answer.status_code in {200, 422}, body[:4]
            if answer.status_code == 422:
                assert shown(answer.text, body.strip()[:1000])

    def test_with_what_no_keyboard_makes_is_refused(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        fields = ana.form(NEW, holding="title").fields
        for text in NOT_TEXT:
            raw = text.encode("utf-8", "surrogatepass")
            for name in ("title", "body"):
                sent = {**fields, "title": "t", "body": "b", "topic": "none", "step": "post"}
                sent[name] = ""
                body = "&".join(f"{key}={value}" for key, value in sent.items() if key != name)
                for escaped in (
                    "".join(f"%{byte:02X}" for byte in raw).encode(),
                    raw.replace(b" ", b"+"),
                ):
                    answer = ana.client.post(
                        NEW,
                        data=body.encode() + b"&" + name.encode() + b"=" + escaped,
                        content_type="application/x-www-form-urlencoded",
                    )
                    assert answer.status_code in {400, 422}, (text, name, answer.status_code)

    def test_for_a_dialogue_that_is_closed_or_not_public_is_not_taken(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        form = ana.form(NEW, holding="title")
        words = {"title": "Too late", "body": "Words typed too late.", "topic": "training"}
        closed = cast.close()
        fields = {**form.fields, "opened": "forged." + form.fields["opened"], "step": "post"}
        page = ana.post(NEW, {**fields, **words}, 409).text
        assert closed and shown(page, "Words typed too late.")
        ana.get(NEW, 409)
        visitor = Browser(cast.app)
        page = visitor.post(NEW, {**fields, **words}, 409).text
        assert shown(page, "Words typed too late.")
        cast.unannounce()
        page = ana.post(NEW, {**fields, **words}, 404).text
        assert shown(page, "Words typed too late.")


class TestACommentAndAVote:
    def test_on_what_is_not_there_are_not_taken_and_the_words_stay(self, cast: Cast) -> None:
        ben, ana = Browser(cast.app, "ben"), Browser(cast.app, "ana")
        rejected = cast.post_idea("Not this one", "It names somebody.")
        cast.reject(rejected)
        token = ben.form("/me", action="/account/sign-out").fields["csrf_token"]
        of_ana = ana.form("/me", action="/account/sign-out").fields["csrf_token"]
        before = rows(cast)
        words = {"body": "Words for nobody.", "csrf_token": token}
        for slug, idea in (
            (SLUG, cast.waiting),
            (SLUG, rejected),
            (SLUG, 10**6),
            (SLUG, cast.comment),
            (OTHER_SLUG, cast.idea),
            ("nowhere", cast.idea),
            *((SLUG, number) for number in HUGE),
        ):
            where = f"/d/{slug}/ideas/{idea}"
            ben.post(f"{where}/vote", {"choice": "agree", "csrf_token": token}, 404)
            page = ben.post(f"{where}/comments", words, 404).text
            assert shown(page, "Words for nobody."), where
            Browser(cast.app).post(f"{where}/vote", {"choice": "agree"}, 404)
        for answered in ("0", "x", "-1", "1e9", "٣", "\x00", *HUGE):
            where = f"/d/{SLUG}/ideas/{cast.idea}/comments"
            page = ben.post(where, {**words, "reply_to": answered}, 404).text
            assert shown(page, "Words for nobody."), answered
            reading = ben.client.get(
                f"/d/{SLUG}/ideas/{cast.idea}", query_string={"reply": answered}
            )
            assert reading.status_code in {200, 301}, answered
        # One's own idea that is not published says why.
        for idea in (cast.waiting, rejected):
            where = f"/d/{SLUG}/ideas/{idea}/vote"
            page = ana.post(where, {"choice": "agree", "csrf_token": of_ana}, 409).text
            assert "not published" in page
        assert rows(cast) == before

    def test_that_say_nothing_are_not_taken(self, cast: Cast) -> None:
        ben = Browser(cast.app, "ben")
        token = ben.form("/me", action="/account/sign-out").fields["csrf_token"]
        before = rows(cast)
        where = f"/d/{SLUG}/ideas/{cast.idea}"
        for choice in ("", "maybe", "AGREE", "agree ", "\x00", "x" * 9000):
            ben.post(f"{where}/vote", {"choice": choice, "csrf_token": token}, 422)
        ben.post(f"{where}/vote", {"csrf_token": token}, 422)
        for body in ("", "  \n ", "c" * 2001, "\x00", "a \u202e\u202e"):
            status = 303 if body.startswith("a") else 422
            ben.post(f"{where}/comments", {"body": body, "csrf_token": token}, status)
        after = rows(cast)
        assert (after[0] - before[0], after[2] - before[2]) == (1, 0)

    def test_in_a_closed_dialogue_are_not_taken(self, cast: Cast) -> None:
        ben = Browser(cast.app, "ben")
        token = ben.form("/me", action="/account/sign-out").fields["csrf_token"]
        before = rows(cast)
        cast.close()
        where = f"/d/{SLUG}/ideas/{cast.idea}"
        for browser in (ben, Browser(cast.app)):
            page = browser.post(f"{where}/vote", {"choice": "pass", "csrf_token": token}, 409).text
            assert "closed" in page
            words = {"body": "A late comment.", "csrf_token": token}
            assert shown(browser.post(f"{where}/comments", words, 409).text, "A late comment.")
        ben.get(f"{where}/vote", 409)
        assert rows(cast) == before


class TestAForgedForm:
    def test_without_the_token_of_the_page_does_nothing_and_keeps_the_words(
        self, cast: Cast
    ) -> None:
        ana, lee, ola = (Browser(cast.app, name) for name in ("ana", "lee", "ola"))
        before = rows(cast)
        foreign = Browser(cast.app, "ben").form(NEW).fields["csrf_token"]
        for token in ("", "x", foreign, "\ud800".encode("utf-8", "replace"), "a.b.c"):
            words = {"title": "Forged", "body": "Words of mine.", "csrf_token": token}
            page = ana.post(NEW, {**words, "step": "post", "topic": "none"}, 403).text
            assert shown(page, "Words of mine.")
            ana.post(f"/d/{SLUG}/ideas/{cast.idea}/vote", {"choice": "pass", **words}, 403)
            ana.post(f"/d/{SLUG}/ideas/{cast.waiting}/withdraw", words, 403)
            lee.post("/mod/items/1/decisions", {"outcome": "approved", **words}, 403)
            ola.post(f"/agency/d/{SLUG}/edit", words, 403)
            Browser(cast.app).post("/account/create", words, 403)
        assert rows(cast) == before

    def test_from_another_site_does_nothing(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        before = rows(cast)
        form = ana.form(NEW, holding="title")
        words = {**form.fields, "title": "t", "topic": "none", "step": "post"}
        for headers in (
            {"Origin": "https://evil.example"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
        ):
            ana.post(NEW, words, 403, headers=headers)
            Browser(cast.app).post(
                f"/d/{SLUG}/ideas/{cast.idea}/vote", {"choice": "agree"}, 403, headers=headers
            )
        assert rows(cast) == before


class TestARequest:
    def test_that_is_too_large_is_refused(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        for browser in (ana, Browser(cast.app)):
            for path in (NEW, f"/d/{SLUG}/ideas/{cast.idea}/comments", "/account/sign-in"):
                browser.post(path, {"body": "b" * 300_000}, 413)
                many = {f"field{number}": "x" for number in range(1200)}
                answer = browser.client.post(path, data=many, content_type="multipart/form-data")
                assert answer.status_code == 413, path

    def test_that_is_broken_is_answered(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        for browser in (ana, Browser(cast.app)):
            for path in (NEW, f"/d/{SLUG}/ideas/{cast.idea}/comments", "/account/sign-in"):
                for kind, data in (
                    ("multipart/form-data", b"--x\r\n"),
                    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: nothing"),
                    ("multipart/form-data; boundary=x", b"--x\r\n\r\n\x00\xff--x--"),
                    ("application/x-www-form-urlencoded", b"%ED%A0%80=%ED%A0%80&=&&=%"),
                    ("application/x-www-form-urlencoded", b"\xed\xa0\x80=\xff\xfe"),
                    ("application/json", b"{" * 5000),
                    ("text/plain; charset=utf-7", b"+AAAA-"),
                    ("nonsense", b""),
                ):
                    answer = browser.client.post(path, data=data, content_type=kind)
                    assert answer.status_code in {303, 400, 403, 422}, (path, kind, data)

    def test_with_a_strange_address_finds_nothing(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        for browser in (ana, Browser(cast.app)):
            for path in (
                "/d/%00",
                "/d/%ED%A0%80",
                "/d/%ff%fe",
                "/d/" + "x" * 3000,
                "/d/%2e%2e",
                f"/d/{SLUG}/ideas/%00",
                f"/d/{SLUG}/ideas/-1",
                f"/d/{SLUG}/ideas/1e3",
                f"/d/{SLUG}/ideas/%D9%A3",
                f"/d/{SLUG}/ideas/0",
                "/c/0",
                "/c/%D9%A3",
                *(f"/c/{number}" for number in HUGE),
                *(f"/d/{SLUG}/ideas/{number}" for number in HUGE),
                *(f"/d/{SLUG}/ideas/{number}/vote" for number in HUGE),
            ):
                answer = browser.client.get(path)
                assert answer.status_code == 404, (path[:60], answer.status_code)
                browser.judge(answer, path, 404)
        for path in (
            *(f"/d/{SLUG}/ideas/{number}/edit" for number in HUGE),
            *(f"/d/{SLUG}/comments/{number}/withdraw" for number in HUGE),
        ):
            ana.get(path, 404)

    def test_with_a_strange_question_shows_the_page_or_says_so(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        for browser in (ana, Browser(cast.app)):
            for name in ("q", "sort", "topic", "after", "before", "comments", "reply", "lang"):
                for value in (
                    "%00",
                    "%ED%A0%80",
                    "%ff",
                    "'\"()*:^~-",
                    "x" * 5000,
                    "%",
                    "&&==",
                    "[]",
                    "W10",  # []
                    "WzEsMl0",  # [1,2]
                    "WzllOTk5LDJd",  # [9e999,2]
                    "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5OTksMl0",  # far too large
                    "W3RydWUsdHJ1ZV0",  # [true,true]
                    "WyJhIiwiYiJd",  # ["a","b"]
                    "Ww" * 90,
                ):
                    for path in (f"/d/{SLUG}", f"/d/{SLUG}/ideas/{cast.idea}", "/me"):
                        answer = browser.client.get(f"{path}?{name}={value}")
                        assert answer.status_code in {200, 301, 303, 400}, (path, name, value)

    def test_by_the_wrong_method_is_told_the_right_ones(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        for browser in (ana, Browser(cast.app)):
            for method, path, allowed in (
                ("POST", f"/d/{SLUG}", "GET"),
                ("PUT", NEW, "GET"),
                ("DELETE", f"/d/{SLUG}/ideas/{cast.idea}", "GET"),
                ("GET", f"/d/{SLUG}/ideas/{cast.idea}/comments", "POST"),
                ("GET", "/account/sign-out", "POST"),
                ("PATCH", "/account/sign-in", "POST"),
            ):
                answer = browser.client.open(path, method=method)
                assert answer.status_code == 405, (method, path)
                assert allowed in answer.headers["Allow"]


class TestADoubleClick:
    def test_on_post_makes_one_idea(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        form = ana.form(NEW, holding="title")
        words = {"title": "Once", "body": "And no more.", "topic": "none"}
        before = rows(cast)
        first = ana.send(form, button=("step", "post"), **words).headers["Location"]
        for _ in range(2):
            again = ana.send(form, button=("step", "post"), **words)
            assert again.headers["Location"] == first
        assert rows(cast)[0] == before[0] + 1

    def test_on_every_other_button_counts_once(self, cast: Cast) -> None:
        ana, ben = Browser(cast.app, "ana"), Browser(cast.app, "ben")
        idea = f"/d/{SLUG}/ideas/{cast.idea}"
        page = ben.get(idea, 301).headers["Location"]
        before = rows(cast)
        form = ben.form(page, holding="body")
        for _ in range(3):
            where = ben.send(form, button=("step", "post"), body="Said once.").headers["Location"]
            assert "#comment-" in where
        assert rows(cast)[0] == before[0] + 1
        for path, browser, words in (
            (f"{idea}/edit", ana, {"title": "Changed once", "body": "x", "topic": "none"}),
            (f"/d/{SLUG}/comments/{cast.comment}/edit", ben, {"body": "Changed once."}),
        ):
            before = rows(cast)
            form = browser.form(path, holding="body")
            places = {
                browser.send(form, button=("step", "post"), **words).headers["Location"]
                for _ in range(3)
            }
            assert len(places) == 1
            assert rows(cast)[1] == before[1] + 1, path
        before = rows(cast)
        form = ben.form(f"{idea}/vote", action=f"{idea}/vote")
        for _ in range(3):
            ben.send(form, button=("choice", "disagree"))
        assert rows(cast)[2] == before[2] + 1
        for path, browser in (
            (f"/d/{SLUG}/comments/{cast.comment}/withdraw", ben),
            (f"{idea}/withdraw", ana),
        ):
            form = browser.form(path, holding="form_key")
            places = {browser.send(form).headers["Location"] for _ in range(3)}
            assert len(places) == 1, path

    def test_says_the_same_when_the_first_answer_was_never_shown(self, cast: Cast) -> None:
        """A browser throws the answer to the first away, with the cookie that came with it."""
        ana = Browser(cast.app, "ana")
        form = ana.form(NEW, holding="title")
        cookie = ana.client.get_cookie("dialogue")
        assert cookie is not None
        words = {"title": "Said twice", "body": "", "topic": "none"}
        pages = []
        for _ in range(2):
            ana.client.set_cookie("dialogue", cookie.value)
            answer = ana.send(form, button=("step", "post"), **words)
            pages.append(ana.follow(answer).text)
        receipts = [re.findall(r"Your receipt is ([\w-]+)", page) for page in pages]
        assert receipts[0] == receipts[1] != []
        again = ana.send(form, button=("step", "post"), **words)
        ana.send(form, button=("step", "post"), **words)
        assert len(re.findall("Your receipt is", ana.follow(again).text)) == 1

    def test_on_forms_without_a_key_counts_each_time(self, cast: Cast) -> None:
        """A form that carries no key, as a script may send it, is not taken for an earlier one."""
        ana = Browser(cast.app, "ana")
        token = ana.form(NEW, holding="title").fields["csrf_token"]
        before = rows(cast)
        for title in ("One", "Two"):
            words = {"title": title, "body": "", "topic": "none", "csrf_token": token}
            ana.post(NEW, {**words, "step": "post"})
        assert rows(cast)[0] == before[0] + 2

    def test_of_another_person_with_the_same_key_is_their_own(self, cast: Cast) -> None:
        ana, ben = Browser(cast.app, "ana"), Browser(cast.app, "ben")
        form, other = ana.form(NEW, holding="title"), ben.form(NEW, holding="title")
        words = {"title": "Mine", "body": "", "topic": "none"}
        mine = ana.send(form, button=("step", "post"), **words).headers["Location"]
        theirs = ben.send(
            other, button=("step", "post"), **words, form_key=form.fields["form_key"]
        ).headers["Location"]
        assert mine != theirs
