"""Whether somebody has said it already: by meaning, quickly, among public ideas alone."""

from __future__ import annotations

import random
import re
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, text

from dialogue.dialogues.models import Dialogue
from dialogue.kernel import clock
from dialogue.kernel.db import db
from dialogue.participation.commands import idea_words, neighbours
from dialogue.participation.models import (
    Choice,
    Contribution,
    IdeaWord,
    Kind,
    Revision,
    WordNeighbour,
    WordNeighbourRound,
)
from dialogue.participation.queries import similar
from dialogue.participation.similar import singular, weighed, words_of
from tests.cast import SLUG, TITLE, WAITING_TITLE, Cast
from tests.pages import Browser, newest_code
from tests.parts.person import choose, forms
from tests.site.test_statements import statements

NEW, SIMILAR = f"/d/{SLUG}/ideas/new", f"/d/{SLUG}/ideas/similar"
LIKE_IT = "Workers should check the recruiters before their visa"
BODY = "Nobody told my sister."
FRAGMENT = {"X-Fragment": "similar"}
TYPED = {"title": LIKE_IT, "body": BODY, "topic": "none"}


def titles(cast: Cast, q: str) -> list[str]:
    """The titles that a question finds."""

    def found() -> list[str]:
        dialogue = db.session.get_one(Dialogue, cast.dialogue)
        rows = similar.similar_ideas(dialogue.id, dialogue.ideas_published, q)
        return [row.title for row in rows]

    return cast.read(found)


def words_in_index(cast: Cast, idea: int) -> set[str]:
    return cast.read(
        lambda: set(db.session.scalars(select(IdeaWord.word).where(IdeaWord.idea_id == idea)))
    )


def publish(cast: Cast, *ideas: str) -> list[int]:
    cast.app.config["IDEAS_PER_DAY"] = 1000
    cast.change(moderation="after")
    return [cast.post_idea(title, "") for title in ideas]


def bulk(cast: Cast, sentences: list[str]) -> None:
    """Public ideas by the thousand, as an import writes them."""
    with cast.writing():
        first = cast.app.config.setdefault("NEXT_IDEA", 10_000)
        cast.app.config["NEXT_IDEA"] = first + len(sentences)
        person = db.session.get_one(Contribution, cast.idea).participant_id
        now = clock.now()
        rows = [
            {
                "id": first + number,
                "dialogue_id": cast.dialogue,
                "kind": Kind.IDEA,
                "participant_id": person,
                "state": "pending",
                "listed": False,
                "title": sentence,
                "tracking": f"T{first + number}",
                "created_at": now,
                "published_at": now,
            }
            for number, sentence in enumerate(sentences)
        ]
        db.session.execute(insert(Contribution), rows)
        db.session.execute(
            insert(Revision),
            [
                {
                    "id": row["id"],
                    "contribution_id": row["id"],
                    "number": 1,
                    "state": "published",
                    "title": row["title"],
                    "source": "",
                    "html": "",
                    "plain": "",
                    "sanitizer_version": "1",
                    "sha256": "",
                    "created_at": now,
                }
                for row in rows
            ],
        )
        db.session.execute(
            text(
                "UPDATE contribution SET published_revision_id = id, state = 'published', "
                f"listed = true WHERE id >= {first}"
            )
        )
        dialogue = db.session.get_one(Dialogue, cast.dialogue)
        dialogue.ideas_published += len(sentences)
        dialogue.version += 1
    with cast.app.app_context():
        idea_words.add_missing(dialogue_id=cast.dialogue)


def renew(cast: Cast, **later: float) -> bool:
    with cast.app.app_context():
        return neighbours.renew(now=clock.now() + timedelta(**later))


@pytest.mark.sqlite_only
class TestWords:
    @pytest.mark.parametrize(
        ("plural", "one"),
        [
            ("workers", "worker"),
            ("agencies", "agency"),
            ("boxes", "box"),
            ("buses", "buse"),
            ("bus", "bus"),
            ("boss", "boss"),
            ("visas", "visa"),
            ("campos", "campo"),
            ("crisis", "crisis"),
            ("工人", "工人"),
        ],
    )
    def test_of_a_plural_is_its_singular(self, plural: str, one: str) -> None:
        assert singular(plural) == one

    def test_leave_out_what_says_nothing(self) -> None:
        assert words_of("The workers' visas, and the WORKER's visa!") == ["worker", "visa"]

    def test_of_the_title_weigh_more_than_those_of_a_long_body(self) -> None:
        body = " ".join(f"word{n}" for n in range(80))
        weights = weighed("Visa", f"visa passport {body}")
        assert weights["visa"] == 1000
        assert weights["passport"] == 243


class TestSimilarIdeas:
    def test_finds_the_same_in_other_words(self, cast: Cast) -> None:
        assert titles(cast, LIKE_IT) == [TITLE]

    def test_finds_nothing_for_something_else(self, cast: Cast) -> None:
        assert titles(cast, "Plant more trees along the river") == []
        assert titles(cast, "visa") == []
        assert titles(cast, " ") == []
        assert titles(cast, 'NEAR( "open AND -') == []

    def test_shows_the_three_nearest_first(self, cast: Cast) -> None:
        publish(
            cast,
            "Check recruiters before the visa is given",
            "Check recruiters twice",
            "Check every recruiter before a visa",
            "Sing in the rain",
        )
        found = titles(cast, "Check recruiters before the visa is given")
        assert found[0] == "Check recruiters before the visa is given"
        assert len(found) == 3
        assert "Sing in the rain" not in found

    def test_keeps_to_the_dialogue(self, cast: Cast) -> None:
        cast.change("housing", moderation="after")
        cast.post_idea("Open shelters near the bus station", by="ben", slug="housing")
        assert titles(cast, "Open shelters near the bus station") == []

    def test_never_finds_what_is_not_public(self, cast: Cast) -> None:
        assert titles(cast, WAITING_TITLE) == []
        decision = cast.approve(cast.waiting)
        assert titles(cast, WAITING_TITLE) == [WAITING_TITLE]
        cast.undo(decision)
        assert titles(cast, WAITING_TITLE) == []
        assert words_in_index(cast, cast.waiting) == set()

    def test_forgets_what_is_withdrawn_and_what_an_edit_took_out(self, cast: Cast) -> None:
        cast.edit(cast.idea, "Publish a register of brokers", "")
        cast.approve(cast.idea)
        assert words_in_index(cast, cast.idea) == {"publish", "register", "broker"}
        assert titles(cast, LIKE_IT) == []
        cast.withdraw(cast.idea)
        assert words_in_index(cast, cast.idea) == set()

    def test_holds_words_of_every_public_idea_and_no_other(self, cast: Cast) -> None:
        def agree() -> bool:
            listed = select(Contribution.id).where(
                Contribution.kind == Kind.IDEA, Contribution.listed
            )
            held = select(IdeaWord.idea_id).distinct()
            return set(db.session.scalars(listed)) == set(db.session.scalars(held))

        assert cast.read(agree)
        bulk(cast, ["Print posters in Mam", "Fund the night line"])
        assert cast.read(agree)

    def test_reads_keys_alone_however_common_a_word_is(self, cast: Cast) -> None:
        bulk(cast, ["Workers need better notices"] * 30)
        reach = [similar._Reach("worker", "worker", 1.0, 30, 1.0)]

        def plan() -> str:
            explain = "EXPLAIN QUERY PLAN" if cast_dialect() == "sqlite" else "EXPLAIN"
            if cast_dialect() == "postgresql":
                db.session.execute(text("SET LOCAL enable_seqscan = off"))
            said = []
            for query in (
                similar._widened(cast.dialogue, ["worker"]),
                similar._ranked(cast.dialogue, reach),
            ):
                compiled = query.compile(db.engine, compile_kwargs={"literal_binds": True})
                rows = db.session.execute(text(f"{explain} {compiled}".replace(":", r"\:")))
                said += [str(tuple(row)) for row in rows]
            return "\n".join(said)

        said = cast.read(plan)
        assert re.search(
            r"SEARCH idea_word USING .*PRIMARY KEY|using pk_idea_word|on pk_idea_word", said
        ), said
        assert not re.search(r"SCAN idea_word|Seq Scan on (idea_word|contribution)", said), said


def cast_dialect() -> str:
    return db.engine.dialect.name


class TestMeaning:
    """Words that keep the same company may stand for each other, however they are spelled."""

    # Whoever writes "salary" and whoever writes "wage" writes about the same things.
    COMPANY = ("month", "deduction", "overtime", "payslip", "hour", "employer", "late", "cash")
    OTHERS = ("river", "tree", "park", "bench", "garden", "path", "flower", "pond")

    @pytest.fixture
    def talk(self, cast: Cast) -> Cast:
        chance = random.Random(4)
        sentences = []
        for number in range(400):
            about = ("salary", "wage", "bridge", *["town"] * 7)[number % 10]
            company = self.COMPANY if number % 10 < 2 else self.OTHERS
            sentences.append(" ".join([about, *chance.sample(company, 4)]))
        bulk(cast, [*sentences, "Report every unpaid wage to the labor office"])
        return cast

    def test_widens_a_question_by_it(self, talk: Cast) -> None:
        asked = "Report unpaid salary"
        whole = "Report every unpaid wage to the labor office"
        assert renew(talk)

        def near(word: str) -> list[str]:
            query = select(WordNeighbour.near).where(WordNeighbour.word == word)
            return list(db.session.scalars(query.order_by(WordNeighbour.weight.desc())))

        assert "wage" in talk.read(lambda: near("salary"))
        assert "bridge" not in talk.read(lambda: near("salary"))
        assert titles(talk, asked)[0] == whole
        only_by_meaning = titles(talk, "salary office")
        assert only_by_meaning[0] == whole

    def test_never_learns_a_word_of_one_text_alone(self, talk: Cast) -> None:
        bulk(talk, ["wage deduction overtime zanzibarsecret"])
        renew(talk)

        def known() -> int:
            said = WordNeighbour.word == "zanzibarsecret"
            query = select(func.count()).where(said | (WordNeighbour.near == "zanzibarsecret"))
            return db.session.scalar(query) or 0

        assert talk.read(known) == 0

    def test_is_found_anew_only_when_something_changed(self, talk: Cast) -> None:
        assert renew(talk)
        assert not renew(talk, hours=1)
        bulk(talk, ["Count the pond"])
        assert not renew(talk, seconds=30)
        assert renew(talk, hours=1)
        assert talk.read(
            lambda: db.session.scalar(select(func.count()).select_from(WordNeighbourRound)) == 1
        )

    def test_forgets_what_nobody_writes_any_more(self, talk: Cast) -> None:
        renew(talk)
        with talk.writing():
            db.session.execute(
                text("UPDATE contribution SET listed = false WHERE title LIKE '%salary%'")
            )
            db.session.get_one(Dialogue, talk.dialogue).version += 1
        assert renew(talk, hours=1)

        def left() -> int:
            query = select(func.count()).where(
                (WordNeighbour.word == "salary") | (WordNeighbour.near == "salary")
            )
            return db.session.scalar(query) or 0

        assert talk.read(left) == 0

    def test_leaves_out_what_not_everybody_may_read(self, talk: Cast) -> None:
        talk.change(private=True)
        renew(talk)
        assert talk.read(
            lambda: db.session.scalar(select(func.count()).select_from(WordNeighbour)) == 0
        )


class TestManyIdeas:
    def test_are_asked_in_two_statements_that_read_a_bounded_number_of_keys(
        self, cast: Cast
    ) -> None:
        chance = random.Random(11)
        vocabulary = [f"term{number}" for number in range(2000)]
        sentences = [" ".join(["worker", *chance.choices(vocabulary, k=8)]) for _ in range(10_000)]
        bulk(cast, sentences)
        with statements(cast) as asked:
            found = titles(cast, sentences[4321])
        assert found[0] == sentences[4321]
        ours = [question for question in asked if "idea_word" in question]
        assert len(ours) == 2
        browser = Browser(cast.app)
        with statements(cast) as asked:
            browser.get(SIMILAR, query_string={"q": sentences[4321]}, headers=FRAGMENT)
        assert len(asked) <= 6, "\n".join(asked)


class TestBlock:
    def test_is_a_fragment_for_the_script(self, cast: Cast) -> None:
        answer = Browser(cast.app).get(SIMILAR, query_string={"q": LIKE_IT}, headers=FRAGMENT)
        assert TITLE in answer.text
        assert 'data-said="1 similar idea"' in answer.text
        assert "<html" not in answer.text
        nothing = Browser(cast.app).get(SIMILAR, query_string={"q": "No trees"}, headers=FRAGMENT)
        assert not nothing.text.strip()

    def test_is_a_page_for_everybody_else(self, cast: Cast) -> None:
        browser = Browser(cast.app)
        assert TITLE in browser.get(SIMILAR, query_string={"q": LIKE_IT}).text
        browser.get(SIMILAR, query_string={"q": "<script>" * 300})
        form = choose(
            forms(browser.get(SIMILAR, query_string={"q": LIKE_IT}).text, SIMILAR),
            action=f"/d/{SLUG}/ideas/{cast.idea}/vote",
        )
        answer = browser.send(form)
        assert answer.headers["Location"].startswith("/account/create?intent=")

    def test_leaves_counts_out_where_results_are_hidden(self, cast: Cast) -> None:
        cast.vote(Choice.AGREE)
        visitor, member = Browser(cast.app), Browser(cast.app, "ben")
        query = {"query_string": {"q": LIKE_IT}}
        assert "2 votes" not in visitor.get(SIMILAR, **query).text
        assert "2 votes" in member.get(SIMILAR, **query).text
        cast.change(results="always")
        assert "2 votes" in visitor.get(SIMILAR, **query).text

    def test_offers_no_vote_when_voting_is_closed(self, cast: Cast) -> None:
        cast.close()
        page = Browser(cast.app).get(SIMILAR, query_string={"q": LIKE_IT}).text
        assert TITLE in page
        assert "Agree with this" not in page


class TestOnTheForm:
    """Agreeing or commenting instead of posting: what was typed is never lost, nothing blocks."""

    def preview(self, browser: Browser, **fields: str) -> str:
        form = browser.form(NEW, holding="title")
        return browser.send(form, 200, **{**TYPED, **fields}).text

    def press(self, browser: Browser, html: str, step: str, status: int = 200) -> str:
        form = choose(forms(html, NEW), holding="body")
        assert ("step", step) in form.buttons
        return browser.send(form, status, button=("step", step)).text

    def test_stands_on_the_preview_without_a_script(self, cast: Cast) -> None:
        html = self.preview(Browser(cast.app))
        assert "Has someone said this already?" in html
        assert choose(forms(html, NEW), holding="body").buttons[0] == ("step", "post")

    def test_stands_beside_errors_too(self, cast: Cast) -> None:
        browser = Browser(cast.app)
        form = browser.form(NEW, holding="title")
        html = browser.send(form, 422, **{**TYPED, "topic": ""}).text
        assert "Has someone said this already?" in html
        assert choose(forms(html, NEW), holding="body").buttons[0] == ("step", "preview")

    def test_counts_an_agree_and_shows_the_preview_again(self, cast: Cast) -> None:
        ben = Browser(cast.app, "ben")
        html = self.press(ben, self.preview(ben), f"agree-{cast.idea}")
        assert "Your Agree is counted." in html
        assert "You agreed" in html
        assert cast.contribution(cast.idea).agree == 2
        kept = choose(forms(html, NEW), holding="body").fields
        assert (kept["title"], kept["body"]) == (LIKE_IT, BODY)
        self.press(ben, html, "post", 303)

    def test_counts_one_agree_however_often_it_is_pressed(self, cast: Cast) -> None:
        ben = Browser(cast.app, "ben")
        html = self.preview(ben)
        for _ in range(3):
            self.press(ben, html, f"agree-{cast.idea}")
        assert cast.contribution(cast.idea).agree == 2

    def test_answers_the_script_with_the_block_alone(self, cast: Cast) -> None:
        ben = Browser(cast.app, "ben")
        form = choose(forms(self.preview(ben), NEW), holding="body")
        answer = ben.send(form, 200, button=("step", f"agree-{cast.idea}"), headers=FRAGMENT)
        assert "You agreed" in answer.text
        assert f'value="comment-{cast.idea}"' in answer.text
        assert "<html" not in answer.text

    def test_takes_the_words_along_as_a_comment(self, cast: Cast) -> None:
        ben = Browser(cast.app, "ben")
        html = self.press(ben, self.preview(ben), f"comment-{cast.idea}")
        form = choose(forms(html, NEW), holding="body")
        assert form.action == f"/d/{SLUG}/ideas/{cast.idea}/comments"
        assert form.fields["body"] == f"{LIKE_IT}\n\n{BODY}"
        ben.send(form)
        assert cast.read(
            lambda: db.session.scalar(
                select(func.count()).where(
                    Revision.source.startswith(LIKE_IT), Revision.contribution_id > cast.comment
                )
            )
        )

    def test_says_when_the_words_are_too_many_for_a_comment(self, cast: Cast) -> None:
        ben = Browser(cast.app, "ben")
        html = self.preview(ben, body="word " * 600)
        again = self.press(ben, html, f"comment-{cast.idea}", 422)
        assert "Shorten this by" in again
        assert choose(forms(again, NEW), holding="body").fields["body"].startswith(LIKE_IT)

    def test_keeps_vote_and_words_of_somebody_who_has_yet_to_sign_in(self, cast: Cast) -> None:
        visitor = Browser(cast.app)
        form = choose(forms(self.preview(visitor), NEW), holding="body")
        visitor.signed_in = True  # from here on a cookie is right
        answer = visitor.send(form, button=("step", f"agree-{cast.idea}"))
        page = visitor.follow(answer)
        assert f"Your Agree on “{TITLE}” will count" in page.text
        email = "ben@people.example"
        path = page.request.path + "?" + page.request.query_string.decode()
        link = re.search(r'href="(/account/sign-in\?[^"]+)"', page.text)
        assert link, path
        asked = visitor.send(
            visitor.form(link[1].replace("&amp;", "&"), holding="email"),
            button=("step", "code"),
            email=email,
        )
        done = visitor.send(
            visitor.form(asked.headers["Location"], holding="code"),
            code=newest_code(cast.app, email),
        )
        assert cast.contribution(cast.idea).agree == 2
        back = visitor.get(done.headers["Location"].split("#")[0])
        kept = choose(forms(back.text, NEW), holding="body").fields
        assert (kept["title"], kept["body"], kept["topic"]) == (LIKE_IT, BODY, "none")
        stranger = Browser(cast.app)
        other = stranger.get(done.headers["Location"].split("#")[0], 303)
        assert BODY not in other.text

    @pytest.mark.parametrize("act", ["agree", "comment"])
    def test_refuses_what_is_not_public_here(self, cast: Cast, act: str) -> None:
        for name in ("", "ben"):
            browser = Browser(cast.app, name)
            form = browser.form(NEW, holding="title")
            for number in (cast.waiting, cast.comment, 999_999):
                answer = browser.send(form, 404, button=("step", f"{act}-{number}"), **TYPED)
                assert BODY in answer.text

    def test_never_keeps_anybody_from_posting(self, cast: Cast) -> None:
        ben = Browser(cast.app, "ben")
        self.press(ben, self.preview(ben), "post", 303)

    def test_leaves_people_who_edit_alone(self, cast: Cast) -> None:
        ana = Browser(cast.app, "ana")
        page = ana.get(f"/d/{SLUG}/ideas/{cast.idea}/edit").text
        assert "Has someone said this already?" not in page
        assert "data-similar-url" not in page
