"""What programs read for people says what the page says, and nothing that is not public."""

from __future__ import annotations

from datetime import date, timedelta
from xml.etree import ElementTree

import icalendar
import pytest
from werkzeug.test import TestResponse

from dialogue.dialogues.models import Act, Dialogue, Phase
from dialogue.kernel import clock
from dialogue.kernel.db import db
from dialogue.notifications.commands import moments
from tests.cast import BODY, SLUG, TITLE, WAITING_TITLE, Cast
from tests.pages import Browser

pytestmark = pytest.mark.sqlite_only
ATOM = "{http://www.w3.org/2005/Atom}"
HOME = f"/d/{SLUG}"
BASE = "http://127.0.0.1:8000"
EVIL = 'A "<b>&amp;</b>]]> ‮ title'


def idea_feed(cast: Cast) -> str:
    return f"{HOME}/ideas/{cast.idea}-check-recruiters-before-the-visa/feed.atom"


def read(answer: TestResponse) -> ElementTree.Element:
    assert answer.mimetype == "application/atom+xml"
    root = ElementTree.fromstring(answer.get_data())  # noqa: S314  (our own answer)
    assert root.tag == f"{ATOM}feed"
    for parent in (root, *root.iter(f"{ATOM}entry")):  # what RFC 4287 asks of every one
        for name in ("id", "title", "updated"):
            assert len(parent.findall(f"{ATOM}{name}")) == 1, name
    for link in root.iter(f"{ATOM}link"):
        assert link.attrib["href"].startswith(f"{BASE}/"), link.attrib
    return root


def titles(root: ElementTree.Element) -> list[str]:
    return [entry.findtext(f"{ATOM}title") or "" for entry in root.iter(f"{ATOM}entry")]


class TestAFeed:
    def test_holds_the_public_ideas_of_a_dialogue(self, cast: Cast) -> None:
        root = read(Browser(cast.app).get(f"{HOME}/feed.atom"))
        (entry,) = root.iter(f"{ATOM}entry")
        assert entry.findtext(f"{ATOM}title") == TITLE
        assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Ana"
        assert entry.findtext(f"{ATOM}summary") == BODY.replace("*", "")
        assert entry.findtext(f"{ATOM}id") == f"tag:127.0.0.1,2026:contribution:{cast.idea}"
        link = entry.find(f"{ATOM}link")
        assert link is not None
        assert Browser(cast.app).get(link.attrib["href"].removeprefix(BASE)).status_code == 200

    def test_holds_the_public_comments_of_an_idea(self, cast: Cast) -> None:
        root = read(Browser(cast.app).get(idea_feed(cast)))
        assert root.findtext(f"{ATOM}title") == f"{TITLE} – Outreach"
        assert titles(root) == [f"Ben on “{TITLE}”"]
        visitor = Browser(cast.app)
        for other in (
            f"{HOME}/ideas/{cast.idea}/feed.atom",
            f"{HOME}/ideas/{cast.idea}-x/feed.atom",
        ):
            assert visitor.get(other, 301).headers["Location"] == idea_feed(cast)

    def test_is_named_by_the_page_it_tells_of(self, cast: Cast) -> None:
        visitor = Browser(cast.app)
        for page in (HOME, idea_feed(cast).removesuffix("/feed.atom")):
            assert 'type="application/atom+xml" title="' in visitor.get(page).text
            assert f'href="{page}/feed.atom"' in visitor.get(page).text

    def test_says_nothing_that_the_public_cannot_read(self, cast: Cast) -> None:
        waiting = cast.post_comment("Canary in a waiting comment")
        hidden = cast.post_comment("Canary in a withdrawn comment")
        cast.approve(hidden)
        cast.withdraw(hidden)
        refused = cast.post_idea("Canary in a refused idea")
        cast.reject(refused)
        cast.edit(cast.idea, "Canary in an edit that waits", "Canary words")
        for who in ("", "ana", "ben", "lee", "ada"):
            browser = Browser(cast.app, who)
            for path in (f"{HOME}/feed.atom", idea_feed(cast)):
                text = browser.get(path).text
                assert "Canary" not in text
                assert WAITING_TITLE not in text
            for gone in (cast.waiting, refused, waiting, 99_999):
                browser.get(f"{HOME}/ideas/{gone}/feed.atom", 404)

    def test_loses_what_is_withdrawn_at_once(self, cast: Cast) -> None:
        visitor = Browser(cast.app)
        before = visitor.get(f"{HOME}/feed.atom").headers["ETag"]
        cast.withdraw(cast.idea)
        after = visitor.get(f"{HOME}/feed.atom", headers={"If-None-Match": before})
        assert titles(read(after)) == []
        visitor.get(idea_feed(cast), 404)

    def test_carries_no_counts_and_no_hour(self, cast: Cast) -> None:
        cast.vote("agree")
        before = Browser(cast.app).get(f"{HOME}/feed.atom").get_data()
        cast.vote("disagree")
        assert Browser(cast.app).get(f"{HOME}/feed.atom").get_data() == before
        root = read(Browser(cast.app).get(idea_feed(cast)))
        for name in ("updated", "published"):
            for moment in root.iter(f"{ATOM}{name}"):
                assert "T00:00:00" in str(moment.text)

    def test_is_sent_once_to_a_program_that_remembers(self, cast: Cast) -> None:
        visitor = Browser(cast.app)
        for path in (f"{HOME}/feed.atom", idea_feed(cast), f"{HOME}/calendar.ics"):
            tag = visitor.get(path).headers["ETag"]
            answer = visitor.get(path, 304, headers={"If-None-Match": tag})
            assert answer.get_data() == b""
            assert visitor.get(path, headers={"If-None-Match": '"other"'}).get_data()

    def test_stays_a_feed_whatever_people_write(self, cast: Cast) -> None:
        idea = cast.post_idea(EVIL, "<script>alert(1)</script> & ]]> <![CDATA[ \u2028 🙂")
        cast.approve(idea)
        root = read(Browser(cast.app).get(f"{HOME}/feed.atom"))
        assert any("<b>&amp;</b>]]>" in title for title in titles(root))

    def test_of_a_dialogue_that_is_not_public_is_not_there(self, cast: Cast) -> None:
        cast.change(private=True)
        for who in ("", "ben", "oz"):
            for path in (f"{HOME}/feed.atom", idea_feed(cast), f"{HOME}/calendar.ics"):
                Browser(cast.app, who).get(path, 404)
        cast.unannounce("housing")
        Browser(cast.app).get("/d/housing/feed.atom", 404)
        Browser(cast.app).get("/d/housing/calendar.ics", 404)


class TestACalendar:
    def events(self, cast: Cast) -> dict[str, icalendar.Event]:
        answer = Browser(cast.app).get(f"{HOME}/calendar.ics")
        assert answer.mimetype == "text/calendar"
        book = icalendar.Calendar.from_ical(answer.get_data())
        return {
            str(event["uid"]).split("@")[0].split(".")[1]: event for event in book.walk("vevent")
        }

    def note(self, cast: Cast) -> int:
        return cast.read(lambda: moments.note_dates(now=clock.now()))

    def test_holds_the_dates_and_names_them(self, cast: Cast) -> None:
        self.note(cast)
        found = self.events(cast)
        assert set(found) == {"opens", "closes"}
        assert str(found["closes"]["summary"]) == "Outreach closes"
        assert str(found["closes"]["url"]) == f"{BASE}{HOME}"
        assert str(found["closes"]["uid"]) == f"{SLUG}.closes@127.0.0.1"
        assert found["closes"]["sequence"] == 0
        closes = cast.read(lambda: cast_phase(cast, Act.IDEA).closes_at)
        assert found["closes"].decoded("dtstart") == closes

    def test_keeps_the_name_and_raises_the_number_of_a_date_that_changes(self, cast: Cast) -> None:
        self.note(cast)
        assert self.note(cast) == 0
        before = self.events(cast)["closes"]
        cast.close(ago=timedelta(days=-5))
        assert self.note(cast) == 1
        assert self.note(cast) == 0
        after = self.events(cast)["closes"]
        assert after["uid"] == before["uid"]
        assert (before["sequence"], after["sequence"]) == (0, 1)
        assert after.decoded("dtstart") != before.decoded("dtstart")
        assert self.events(cast)["opens"]["sequence"] == 0

    def test_tells_of_a_promise_as_a_day_and_of_one_that_is_gone(self, cast: Cast) -> None:
        by = clock.now() + timedelta(days=60)
        with cast.writing():
            db.session.add(Phase(dialogue_id=cast.dialogue, act=Act.REPORT, closes_at=by))
        self.note(cast)
        report = self.events(cast)["report"]
        assert isinstance(report.decoded("dtstart"), date)
        assert report.decoded("dtstart") == by.date()
        assert report["status"] == "CONFIRMED"
        with cast.writing():
            db.session.delete(cast_phase(cast, Act.REPORT))
        self.note(cast)
        report = self.events(cast)["report"]
        assert (report["status"], report["sequence"]) == ("CANCELLED", 1)

    def test_names_no_sensitive_matter(self, cast: Cast) -> None:
        cast.change(sensitive=True)
        text = Browser(cast.app).get(f"{HOME}/calendar.ics").text
        assert "SUMMARY:National Dialogues closes" in text
        assert "Outreach" not in text

    def test_of_a_name_with_line_breaks_stays_a_calendar(self, cast: Cast) -> None:
        with cast.writing():
            words = db.session.get_one(Dialogue, cast.dialogue).texts[0]
            words.short_name = "A;b,c\\d\nATTACH:http://evil.example\r\nX: y"
        assert set(self.events(cast)) == {"opens", "closes"}
        assert "\nATTACH" not in Browser(cast.app).get(f"{HOME}/calendar.ics").text


def cast_phase(cast: Cast, act: Act) -> Phase:
    found = db.session.get_one(Dialogue, cast.dialogue).phase(act)
    assert found is not None
    return found
