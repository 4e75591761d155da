"""The pages of following and telling, as people use them: with forms, signed in or not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from dialogue.dialogues.models import Act, Phase
from dialogue.kernel import clock
from dialogue.kernel.db import db
from dialogue.notifications.models import OpeningRequest, When
from dialogue.notifications.queries.choices import choices_of
from dialogue.notifications.queries.following import followed_by, followed_in, follows_idea
from tests.cast import SLUG, TITLE, WAITING_TITLE, Cast
from tests.notifications.conftest import Telling
from tests.pages import Browser, newest_code, newest_mail
from tests.parts.mailbox import Mailbox

pytestmark = pytest.mark.sqlite_only
HOME = f"/d/{SLUG}"
NEW = "new@people.example"


def idea_page(cast: Cast) -> str:
    return f"{HOME}/ideas/{cast.idea}-check-recruiters-before-the-visa"


def stop_path(cast: Cast, name: str) -> str:
    """The path of the link in the newest mail to somebody."""
    header = newest_mail(cast.app, f"{name}@people.example").headers["List-Unsubscribe"]
    return header.strip("<>").removeprefix("http://127.0.0.1:8000")


class TestTheButton:
    def test_follows_and_stops_on_the_page_of_an_idea(self, cast: Cast) -> None:
        ben, page = Browser(cast.app, "ben"), idea_page(cast)
        form = ben.form(page, action=f"{HOME}/ideas/{cast.idea}/follow")
        answer = ben.send(form)
        assert answer.headers["Location"] == page
        assert cast.read(lambda: follows_idea(cast.people["ben"], cast.idea))
        shown = ben.get(page).text
        assert "1 person follows." in shown
        assert "Stop following" in shown
        ben.send(ben.form(page, action=f"{HOME}/ideas/{cast.idea}/follow"))
        assert not cast.read(lambda: follows_idea(cast.people["ben"], cast.idea))

    def test_follows_a_dialogue_and_a_topic(self, cast: Cast) -> None:
        ben = Browser(cast.app, "ben")
        ben.send(ben.form(HOME, action=f"{HOME}/follow"))
        topic = cast.read(lambda: cast_topic(cast))
        path = f"{HOME}/topics/{topic}/follow"
        ben.send(ben.form(f"{HOME}?topic={topic}", action=path))
        ben_id = cast.people["ben"]
        assert cast.read(lambda: followed_in(ben_id, cast.dialogue)) == (True, {cast.topic})

    def test_answers_a_script_with_the_button_alone(self, cast: Cast) -> None:
        ben, path = Browser(cast.app, "ben"), f"{HOME}/ideas/{cast.idea}/follow"
        form = ben.form(idea_page(cast), action=path)
        answer = ben.send(form, 200, headers={"X-Fragment": "follow"})
        assert 'data-said="You follow this now."' in answer.text
        assert "<html" not in answer.text

    def test_shows_a_plain_form_to_whoever_opens_its_address(self, cast: Cast) -> None:
        topic = cast.read(lambda: cast_topic(cast))
        for path in (
            f"{HOME}/follow",
            f"{HOME}/topics/{topic}/follow",
            f"{HOME}/ideas/{cast.idea}/follow",
        ):
            for who in (Browser(cast.app), Browser(cast.app, "ben")):
                assert who.form(path, action=path).buttons == [("step", "follow")]
        assert cast.read(lambda: followed_by(cast.people["ben"])) == []

    @pytest.mark.parametrize("who", ["", "ben"])
    def test_is_not_there_for_what_is_hidden(self, cast: Cast, who: str) -> None:
        browser = Browser(cast.app, who)
        gone = f"{HOME}/ideas/{cast.waiting}/follow"
        for path in (gone, f"{HOME}/topics/nothing/follow", f"{HOME}/ideas/99999/follow"):
            browser.get(path, 404)
            if not who:
                browser.post(path, {"step": "follow"}, 404)
        assert WAITING_TITLE not in browser.get(gone, 404).text
        cast.change(private=True)
        for path in (f"{HOME}/follow", f"{HOME}/ideas/{cast.idea}/follow"):
            browser.get(path, 404)

    def test_keeps_what_a_signed_out_person_chose(self, cast: Cast) -> None:
        visitor, page = Browser(cast.app), idea_page(cast)
        answer = visitor.send(visitor.form(page, action=f"{HOME}/ideas/{cast.idea}/follow"))
        account = visitor.follow(answer).text
        assert f"You will follow “{TITLE}” when you confirm your email." in account
        form = visitor.form(answer.headers["Location"], holding="email")
        visitor.send(form, email=NEW, accept_policy="yes")
        intent = answer.headers["Location"].partition("?")[2]
        done = visitor.enter_code(f"/account/confirm?{intent}", newest_code(cast.app, NEW))
        assert done.headers["Location"] == page
        assert f"You follow “{TITLE}” now." in visitor.follow(done).text
        assert "1 person follows." in visitor.get(page).text


class TestNews:
    def test_stands_on_its_page_and_its_number_on_every_page(
        self, cast: Cast, telling: Telling
    ) -> None:
        telling.follow("ola", idea_id=cast.idea)
        telling.post_comment("A first thought")
        telling.post_comment("A second thought")
        ola = Browser(cast.app, "ola")
        assert "2 new</a>" in ola.get(HOME).text
        page = ola.get("/me/notices").text
        assert f"Ben commented on “{TITLE}”" in page
        assert "A second thought" in page
        assert "2 are new." in page, "looking has changed nothing"
        first = telling.notices("ola")[0].id
        ola.post("/me/notices", csrf(ola, notice=str(first)))
        assert "1 is new." in ola.get("/me/notices").text
        ola.send(ola.form("/me/notices", holding="csrf_token", action="/me/notices"))
        assert "new</a>" not in ola.get(HOME).text

    def test_never_shows_what_was_hidden_meanwhile(self, cast: Cast, telling: Telling) -> None:
        telling.follow("ola", idea_id=cast.idea)
        comment = telling.post_comment("Canary thought")
        cast.withdraw(comment)
        ola = Browser(cast.app, "ola")
        assert "Canary thought" not in ola.get("/me/notices").text
        assert "Ben commented" not in ola.get("/me/notices").text

    def test_of_others_cannot_be_marked(self, cast: Cast, telling: Telling) -> None:
        telling.follow("ola", idea_id=cast.idea)
        telling.post_comment("A thought")
        ben = Browser(cast.app, "ben")
        ben.post("/me/notices", csrf(ben, notice=str(telling.notices("ola")[0].id)))
        assert telling.notices("ola")[0].read_at is None

    def test_tells_an_author_of_a_decision(self, cast: Cast, telling: Telling) -> None:
        telling.decided(cast.reject(cast.waiting))
        assert "Your idea was not published" in Browser(cast.app, "ana").get("/me/notices").text


class TestYourEmails:
    def test_keep_what_is_chosen(self, cast: Cast) -> None:
        ben = Browser(cast.app, "ben")
        form = ben.form("/me/emails", holding="rhythm")
        ben.send(
            form,
            replies="summary",
            decisions="at_once",
            news="never",
            dates="summary",
            rhythm="weekly",
            time_zone="America/Chicago",
            follow_commented="yes",
        )
        chosen = cast.read(lambda: choices_of(cast.people["ben"]))
        assert (chosen.replies, chosen.news, chosen.rhythm) == ("summary", "never", "weekly")
        assert (chosen.time_zone, chosen.follow_commented) == ("America/Chicago", True)
        page = ben.get("/me/emails").text
        assert 'value="weekly" id="rhythm-2" checked' in page

    def test_refuse_what_is_not_offered_and_keep_the_rest(self, cast: Cast) -> None:
        ben = Browser(cast.app, "ben")
        for wrong in (
            {"news": "at_once"},
            {"rhythm": "hourly"},
            {"time_zone": "Mars/Olympus"},
            {"replies": ""},
        ):
            good = {"replies": "never", "decisions": "never", "news": "never", "dates": "never"}
            fields = good | {"rhythm": "daily", "time_zone": ""} | wrong
            answer = ben.send(ben.form("/me/emails", holding="rhythm"), 422, **fields)
            assert "There is a problem" in answer.text
            assert 'name="decisions" value="never" id="decisions-3" checked' in answer.text
        assert cast.read(lambda: choices_of(cast.people["ben"])).decisions == When.AT_ONCE

    def test_stop_one_thing_or_all_mails(self, cast: Cast, telling: Telling) -> None:
        telling.follow("ben", idea_id=cast.idea)
        telling.follow("ben")
        telling.follow("ola")
        ben = Browser(cast.app, "ben")
        ben.send(ben.form("/me/emails", holding="subscription"))
        assert len(cast.read(lambda: followed_by(cast.people["ben"]))) == 1
        other = cast.read(lambda: followed_by(cast.people["ola"]))[0].id
        ben.post("/me/emails", csrf(ben, step="stop", subscription=str(other)), 404)
        ben.send(ben.form("/me/emails", holding="rhythm"), button=("step", "none"))
        chosen = cast.read(lambda: choices_of(cast.people["ben"]))
        assert {chosen.replies, chosen.decisions, chosen.news, chosen.dates} == {When.NEVER}


class TestTheLinkInAMail:
    @pytest.fixture
    def path(self, cast: Cast, telling: Telling) -> str:
        telling.follow("ola", idea_id=cast.idea)
        telling.post_comment("A thought")
        telling.write()
        return stop_path(cast, "ola")

    def test_stops_mails_at_one_click_without_signing_in(
        self, cast: Cast, telling: Telling, mailbox: Mailbox, path: str
    ) -> None:
        """As a mail program does it (RFC 8058): a POST from elsewhere, without cookie or page."""
        answer = Browser(cast.app).post(path, {"List-Unsubscribe": "One-Click"}, 200)
        assert answer.mimetype == "text/plain"
        telling.post_comment("Another thought")
        telling.write()
        telling.send(mailbox.url)
        assert len(mailbox.to("ola@")) == 1, "the one from before"
        chosen = cast.read(lambda: choices_of(cast.people["ola"]))
        assert (chosen.news, chosen.replies) == (When.NEVER, When.AT_ONCE)

    def test_changes_nothing_for_who_only_follows_it(
        self, cast: Cast, telling: Telling, path: str
    ) -> None:
        for who in ("", "ben", "ola"):
            page = Browser(cast.app, who).get(path).text
            assert "Stop mails about what you follow" in page
            for secret in ("ola@", "Ola", "utreach", TITLE):
                assert secret not in page.replace("Office of Worker Outreach", "") or who == "ola"
        Browser(cast.app).client.head(path)
        assert cast.read(lambda: choices_of(cast.people["ola"])).news == When.SUMMARY

    def test_stops_a_kind_or_all_by_its_page(self, cast: Cast, path: str) -> None:
        visitor = Browser(cast.app)
        answer = visitor.send(visitor.form(path, action=path))
        assert "These mails are stopped" in visitor.follow(answer).text
        answer = visitor.send(visitor.form(path, action=path), button=("step", "all"))
        assert "You get no more mails" in visitor.follow(answer).text
        chosen = cast.read(lambda: choices_of(cast.people["ola"]))
        assert {chosen.replies, chosen.decisions, chosen.news, chosen.dates} == {When.NEVER}

    def test_cannot_be_guessed_or_bent(self, cast: Cast, path: str) -> None:
        token = path.removeprefix("/e/")
        visitor = Browser(cast.app)
        bent = token[:3] + ("A" if token[3] != "A" else "B") + token[4:]
        for wrong in (bent, token + "x", token[:-1] + "z", token[:-2] + "--", "1", "a" * 300):
            visitor.get(f"/e/{wrong}", 404)
            visitor.post(f"/e/{wrong}", {"List-Unsubscribe": "One-Click"}, 404)
        assert cast.read(lambda: choices_of(cast.people["ola"])).news == When.SUMMARY
        assert str(cast.people["ola"]) not in token or len(token) > 20

    def test_is_dead_once_the_account_is_erased(self, cast: Cast, path: str) -> None:
        with cast.writing():
            db.session.execute(db.text("DELETE FROM mail_choice"))
        Browser(cast.app).get(path, 404)


class TestAnAnnouncedDialogue:
    @pytest.fixture(autouse=True)
    def announced(self, cast: Cast) -> None:
        with cast.writing():
            db.session.execute(
                update(Phase)
                .where(
                    Phase.dialogue_id == cast.dialogue,
                    Phase.act.in_((Act.IDEA, Act.COMMENT, Act.VOTE)),
                )
                .values(opens_at=clock.now() + timedelta(days=2))
            )

    def ask(self, cast: Cast, email: str) -> str:
        visitor = Browser(cast.app)
        answer = visitor.send(visitor.form(HOME, action=f"{HOME}/opening"), email=email)
        return visitor.follow(answer).text

    def requests(self, cast: Cast) -> list[OpeningRequest]:
        with cast.app.app_context():
            return list(db.session.scalars(select(OpeningRequest).order_by(OpeningRequest.id)))

    def test_takes_an_address_and_asks_its_owner(self, cast: Cast) -> None:
        assert "Check your email" in self.ask(cast, NEW)
        mail = newest_mail(cast.app, NEW)
        assert "“Outreach” opens" in mail.text
        path = next(line for line in mail.text.split("\n") if "/e/" in line)[21:]
        visitor = Browser(cast.app)
        visitor.get(path)
        assert self.requests(cast)[0].confirmed_at is None, "a scanner follows links"
        visitor.send(visitor.form(path, action=path))
        assert self.requests(cast)[0].confirmed_at is not None
        assert "You will get one mail" in visitor.get(path).text
        visitor.send(visitor.form(path, action=path), 200)
        assert self.requests(cast) == []

    def test_says_the_same_of_every_address(self, cast: Cast) -> None:
        pages = {self.ask(cast, email) for email in (NEW, "ana@people.example", NEW, NEW)}
        assert len(pages) == 1
        assert len(self.requests(cast)) == 2

    def test_floods_nobodys_mailbox(self, cast: Cast) -> None:
        pages = {self.ask(cast, NEW) for _ in range(12)}
        assert len(pages) == 1
        with cast.app.app_context():
            sent = db.session.execute(
                db.text("SELECT count(*) FROM mail_message WHERE key LIKE 'opening-asked:%'")
            ).scalar()
        assert sent == 3

    def test_has_a_limit_for_a_network(self, cast: Cast) -> None:
        cast.app.config["MAILS_PER_HOUR"] = 1
        visitor = Browser(cast.app)
        for number in range(5):
            visitor.post(f"{HOME}/opening", {"email": f"a{number}@people.example"})
        visitor.post(f"{HOME}/opening", {"email": "b@people.example"}, 429)

    @pytest.mark.parametrize("typed", ["", "nobody", "a@b.example\r\nBcc: x@y.example"])
    def test_refuses_what_is_no_address(self, cast: Cast, typed: str) -> None:
        answer = Browser(cast.app).post(f"{HOME}/opening", {"email": typed}, 422)
        assert "Enter an email address" in answer.text
        assert self.requests(cast) == []

    def test_is_asked_by_nobody_once_it_is_open(self, cast: Cast) -> None:
        Browser(cast.app).get("/d/housing/opening", 409)
        Browser(cast.app).post("/d/housing/opening", {"email": NEW}, 409)

    def test_says_nothing_of_a_sensitive_matter(self, cast: Cast) -> None:
        cast.change(sensitive=True)
        self.ask(cast, NEW)
        mail = newest_mail(cast.app, NEW)
        assert mail.subject == "Update from National Dialogues"
        for word in ("utreach", SLUG, "rafficking"):
            assert word not in mail.text


def cast_topic(cast: Cast) -> str:
    found = db.session.execute(
        db.text("SELECT slug FROM dialogue_topic WHERE id = :id"), {"id": cast.topic}
    ).scalar()
    return str(found)


def csrf(browser: Browser, **fields: str) -> dict[str, str]:
    """Fields with the token of a form that the browser was shown."""
    return {"csrf_token": browser.form("/me", holding="csrf_token").fields["csrf_token"], **fields}
