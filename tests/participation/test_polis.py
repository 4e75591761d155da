"""A conversation of Pol.is becomes a closed dialogue, whole or not at all, and comes back equal."""

from __future__ import annotations

import fcntl
import json
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from dialogue.accounts.models import User
from dialogue.accounts.queries import default_agency
from dialogue.dialogues import schedule
from dialogue.dialogues.models import Act, Dialogue, DialogueText, Phase
from dialogue.dialogues.queries import dialogue_by_slug
from dialogue.dialogues.schedule import DialogueState
from dialogue.kernel import audit, ids
from dialogue.kernel.db import db, transaction
from dialogue.kernel.outbox import OutboxEvent
from dialogue.participation.commands import publication
from dialogue.participation.lifecycle import State
from dialogue.participation.models import (
    Choice,
    Contribution,
    Participant,
    PolisOrigin,
    PolisStatement,
    Revision,
    Vote,
)
from dialogue.participation.polis.dump import files_of
from dialogue.participation.polis.files import read
from dialogue.participation.polis.load import load, rows_of
from dialogue.search.queries import matching
from tests.participation import polis_folders
from tests.participation.polis_folders import last_votes, rows
from tests.parts import site

ADDRESS = "https://dialogues.example/d/x"
CONVERSATIONS = (
    "brexit-consensus",
    "canadian-electoral-reform",
    "football-concussions",
    "scoop-hivemind.affordable-housing",
    "scoop-hivemind.biodiversity",
    "vtaiwan.uberx",
)

Flasks = Callable[..., Result]


@pytest.fixture
def flask(app: Flask) -> Flasks:
    """Runs a command: `flask("import", "polis", folder, "--slug", "x")`."""

    def run(*words: str | Path) -> Result:
        return app.test_cli_runner().invoke(args=[str(word) for word in words])

    return run


@pytest.fixture
def loaded(app: Flask, flask: Flasks, tmp_path: Path) -> Flask:
    """An application with the small conversation under the slug `reach`."""
    result = flask("import", "polis", polis_folders.write(tmp_path / "in"), "--slug", "reach")
    assert result.exit_code == 0, result.output
    return app


def idea(original_id: int, slug: str = "reach") -> Contribution:
    dialogue = dialogue_by_slug(slug)
    assert dialogue
    return db.session.scalars(
        select(Contribution).where(
            Contribution.dialogue_id == dialogue.id, Contribution.original_id == str(original_id)
        )
    ).one()


def count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def recounted(idea_id: int) -> tuple[int, int, int]:
    choices = db.session.scalars(select(Vote.choice).where(Vote.idea_id == idea_id)).all()
    return (choices.count("agree"), choices.count("disagree"), choices.count("pass"))


class TestImport:
    def test_makes_a_closed_dialogue_that_everybody_can_read(self, loaded: Flask) -> None:
        with loaded.app_context():
            dialogue = dialogue_by_slug("reach")
            assert dialogue
            now = datetime.now(UTC)
            assert schedule.state_of(dialogue, now) is DialogueState.CLOSED
            assert schedule.is_public(dialogue, now)
            assert not any(schedule.is_open(dialogue, act, now) for act in schedule.WINDOWS)
            text = dialogue.text()
            assert text.question == "How can workers reach us?"
            assert text.lede == "Say what helps."
            assert "More at" in text.why

    def test_publishes_what_was_shown_to_people(self, loaded: Flask) -> None:
        with loaded.app_context():
            for number, mark, title in (
                (0, "1", 'A text line, on "every" card'),
                (1, "0", "Café hours are too short"),
            ):
                shown = idea(number)
                assert (shown.state, shown.listed, shown.original_state) == (
                    State.PUBLISHED,
                    True,
                    mark,
                )
                assert shown.title == title
                assert shown.slug == ids.slug(title)
                assert shown.published_at == shown.created_at

    def test_keeps_what_was_removed_out_of_sight_with_its_votes(self, loaded: Flask) -> None:
        with loaded.app_context():
            removed = idea(2)
            assert (removed.state, removed.listed, removed.title) == (State.REJECTED, False, "")
            assert removed.published_revision_id is None
            assert recounted(removed.id) == (0, 1, 0)
            found = set(db.session.scalars(matching("office")))
            assert removed.id not in found
            assert set(db.session.scalars(matching("cafe"))) == {idea(1).id}

    def test_stores_counts_that_equal_a_recount(self, loaded: Flask) -> None:
        with loaded.app_context():
            for number in range(3):
                one = idea(number)
                assert (one.agree, one.disagree, one.passed) == recounted(one.id)
            dialogue = dialogue_by_slug("reach")
            assert dialogue
            assert dialogue.ideas_published == 2
            assert dialogue.votes_cast == 5  # the votes on what everybody can read
            assert dialogue.people_active == 4

    def test_adds_no_vote_of_an_author(self, loaded: Flask) -> None:
        with loaded.app_context():
            assert count(Vote) == 6

    def test_gives_people_names_that_say_nothing(self, loaded: Flask) -> None:
        with loaded.app_context():
            people = db.session.scalars(select(Participant)).all()
            assert {person.public_name for person in people} == {
                "participant-0",
                "participant-4",
                "participant-7",
                "participant-12",
            }
            assert {person.kind for person in people} == {"imported"}
            assert {person.user_id for person in people} == {None}

    def test_keeps_the_time_of_every_vote(self, loaded: Flask) -> None:
        with loaded.app_context():
            at = db.session.scalar(select(func.min(Vote.at)).where(Vote.idea_id == idea(0).id))
            assert at == datetime(2017, 7, 14, 2, 40, 10, 123_000, UTC)

    def test_leaves_one_event_and_one_audit_entry(self, loaded: Flask) -> None:
        with loaded.app_context():
            entries = db.session.scalars(select(audit.AuditEntry)).all()
            acts = [entry for entry in entries if entry.act == audit.Act.DIALOGUE_IMPORTED]
            assert len(acts) == 1
            assert acts[0].codes["votes"] == 6
            assert audit.verify() == []
            names = db.session.scalars(select(OutboxEvent.name)).all()
            assert names == ["ConversationImported"]

    def test_gives_the_same_rows_whatever_the_order_of_the_files(
        self, app: Flask, flask: Flasks, tmp_path: Path
    ) -> None:
        heading, *lines = polis_folders.VOTES.splitlines(keepends=True)
        shuffled = polis_folders.write(tmp_path, votes=heading + "".join(reversed(lines)))
        flask("import", "polis", shuffled, "--slug", "reach")
        with app.app_context():
            by_id = db.session.scalars(select(Contribution).order_by(Contribution.id)).all()
            assert [one.original_id for one in by_id] == ["0", "1", "2"]
            assert [(one.agree, one.disagree, one.passed) for one in by_id] == [
                (2, 0, 0),
                (1, 1, 1),
                (0, 1, 0),
            ]

    def test_takes_statements_longer_than_a_form_would(
        self, app: Flask, flask: Flasks, tmp_path: Path
    ) -> None:
        long = "Pay the fee. " + "It is *far* too long. " * 40
        comments = polis_folders.COMMENTS.replace("Shut the office", long).replace(",-1,", ",1,")
        folder = polis_folders.write(tmp_path / "in", comments=comments)
        assert flask("import", "polis", folder, "--slug", "long").exit_code == 0
        with app.app_context():
            shown = idea(2, "long")
            assert shown.title == "Pay the fee."
            assert "<em>far</em>" in shown.fragment
            dialogue = dialogue_by_slug("long")
            assert dialogue
            back = files_of(dialogue, address=ADDRESS)["comments.csv"]
            assert rows(back)[0]["comment-body"] == long

    def test_tells_the_language_by_its_letters_unless_it_is_given(
        self, app: Flask, flask: Flasks, tmp_path: Path
    ) -> None:
        comments = polis_folders.COMMENTS.replace("Shut the office", "線上叫車創新服務" * 9)
        folder = polis_folders.write(tmp_path / "in", comments=comments)
        flask("import", "polis", folder, "--slug", "told")
        flask("import", "polis", folder, "--slug", "given", "--language", "fr")
        with app.app_context():
            assert [idea(0, slug).language for slug in ("told", "given")] == ["zh", "fr"]

    def test_of_the_same_files_again_changes_nothing_and_says_so(
        self, loaded: Flask, flask: Flasks, tmp_path: Path
    ) -> None:
        again = flask("import", "polis", tmp_path / "in", "--slug", "reach", "--json")
        assert again.exit_code == 0
        assert json.loads(again.stdout) == {
            "slug": "reach",
            "changed": False,
            "people": 4,
            "ideas": 3,
            "ideas_published": 2,
            "votes": 6,
            "vote_rows": 7,
        }
        with loaded.app_context():
            assert count(Vote) == 6
            assert count(Dialogue) == 1

    def test_of_other_files_under_the_same_slug_is_refused(
        self, loaded: Flask, flask: Flasks, tmp_path: Path
    ) -> None:
        other = polis_folders.write(tmp_path / "other", summary="topic,Another question\n")
        refused = flask("import", "polis", other, "--slug", "reach")
        assert refused.exit_code == 1
        assert "imported from other files" in refused.stderr

    def test_over_a_dialogue_of_ours_is_refused(
        self, app: Flask, flask: Flasks, tmp_path: Path
    ) -> None:
        with app.app_context():
            held_here(datetime.now(UTC))
        refused = flask("import", "polis", polis_folders.write(tmp_path), "--slug", "here")
        assert refused.exit_code == 1
        assert "made here" in refused.stderr

    def test_of_wrong_files_leaves_nothing_and_names_every_place(
        self, app: Flask, flask: Flasks, tmp_path: Path
    ) -> None:
        votes = polis_folders.VOTES.replace(",0,0,1", ",0,0,x").replace(",2,7,-1", ",9,7,-1")
        folder = polis_folders.write(tmp_path, votes=votes)
        refused = flask("import", "polis", folder, "--slug", "reach")
        assert refused.exit_code == 1
        assert "votes.csv, line 2: vote is 'x'" in refused.stderr
        assert "votes.csv, line 8: the comment-id 9" in refused.stderr
        assert refused.stdout == ""
        with app.app_context():
            assert count(Dialogue) == count(Participant) == 0

    def test_names_a_statement_that_cannot_be_rendered(
        self, app: Flask, flask: Flasks, tmp_path: Path
    ) -> None:
        deep = "One. " + "word " * 80 + "\n" + "> " * 200 + "x"
        comments = polis_folders.COMMENTS.replace("Shut the office", f'"{deep}"')
        refused = flask(
            "import", "polis", polis_folders.write(tmp_path, comments=comments), "--slug", "deep"
        )
        assert refused.exit_code == 1
        assert "comments.csv, comment-id 2: Use fewer" in refused.stderr
        with app.app_context():
            assert count(Dialogue) == 0

    @pytest.mark.parametrize("slug", ["Reach", "a b", "../x", "-a", "a--b", "ä", "", "a" * 61])
    @pytest.mark.sqlite_only
    def test_refuses_a_slug_that_is_no_address(
        self, app: Flask, flask: Flasks, tmp_path: Path, slug: str
    ) -> None:
        assert (
            flask("import", "polis", polis_folders.write(tmp_path), "--slug", slug).exit_code == 2
        )

    def test_interrupted_at_any_step_leaves_nothing(self, app: Flask, tmp_path: Path) -> None:
        now = datetime.now(UTC)
        conversation = read(polis_folders.write(tmp_path), now=now)
        for stop_at in range(1, 4):
            steps: list[int] = []

            def interrupted(done: int, steps: list[int] = steps, stop_at: int = stop_at) -> None:
                steps.append(done)
                if len(steps) == stop_at:
                    raise KeyboardInterrupt

            with app.app_context():
                with pytest.raises(KeyboardInterrupt), transaction():
                    load(conversation, slug="x", language=None, progress=interrupted, now=now)
                for model in (Dialogue, Participant, Contribution, Vote, PolisOrigin, OutboxEvent):
                    assert count(model) == 0

    def test_tells_how_far_it_is(self, app: Flask, tmp_path: Path) -> None:
        now = datetime.now(UTC)
        conversation = read(polis_folders.write(tmp_path), now=now)
        told: list[int] = []
        with app.app_context(), transaction():
            load(conversation, slug="x", language=None, progress=told.append, now=now)
        assert sum(told) == rows_of(conversation) == 4 + 3 + 6


class TestExport:
    def test_gives_back_the_files_with_the_last_votes(
        self, loaded: Flask, flask: Flasks, tmp_path: Path
    ) -> None:
        result = flask("export", "polis", "reach", "--out", tmp_path / "out")
        assert result.exit_code == 0
        back = {file.name: file.read_text() for file in (tmp_path / "out").iterdir()}
        assert back == {
            "comments.csv": polis_folders.COMMENTS,
            "votes.csv": polis_folders.VOTES_BACK,
            "participants-votes.csv": polis_folders.PEOPLE,
            "summary.csv": polis_folders.SUMMARY,
        }

    def test_can_be_imported_again(self, loaded: Flask, flask: Flasks, tmp_path: Path) -> None:
        flask("export", "polis", "reach", "--out", tmp_path / "out")
        again = flask("import", "polis", tmp_path / "out", "--slug", "again")
        assert again.exit_code == 0
        flask("export", "polis", "again", "--out", tmp_path / "out2")
        for file in (tmp_path / "out").iterdir():
            assert file.read_bytes() == (tmp_path / "out2" / file.name).read_bytes()

    def test_keeps_the_words_of_what_was_hidden_since_to_itself(self, loaded: Flask) -> None:
        with loaded.app_context():
            with transaction():
                hidden = publication.locked(idea(0).id)
                publication.unlist(hidden, datetime.now(UTC))
                hidden.state = State.HIDDEN
            dialogue = dialogue_by_slug("reach")
            assert dialogue
            files = files_of(dialogue, address=ADDRESS)
        row = next(r for r in rows(files["comments.csv"]) if r["comment-id"] == "0")
        assert (row["moderated"], row["comment-body"]) == ("-1", "")
        assert "text line" not in files["comments.csv"].decode()
        assert len(rows(files["votes.csv"])) == 6

    def test_of_a_dialogue_held_here_counts_from_nought(self, app: Flask) -> None:
        now = datetime.now(UTC)
        with app.app_context():
            dialogue = held_here(now)
            files = files_of(dialogue, address=ADDRESS)
        comments = rows(files["comments.csv"])
        assert [(row["comment-id"], row["comment-body"]) for row in comments] == [
            ("0", "First idea\n\nwith **details**"),
            ("1", ""),
        ]
        assert [row["moderated"] for row in comments] == ["1", "-1"]
        assert "secret" not in files["comments.csv"].decode()
        votes = rows(files["votes.csv"])
        assert [(row["comment-id"], row["voter-id"], row["vote"]) for row in votes] == [
            ("0", "0", "1"),
            ("0", "1", "-1"),
            ("1", "1", "0"),
        ]
        assert rows(files["participants-votes.csv"])[1] == {
            "participant": "1",
            "group-id": "",
            "n-comments": "1",
            "n-votes": "2",
            "n-agree": "0",
            "n-disagree": "1",
            "0": "-1",
            "1": "0",
        }
        assert ADDRESS in files["summary.csv"].decode()
        everything = b"".join(files.values()).decode()
        for private in ("finch", "@", "secret", "never voted on"):
            assert private not in everything

    @pytest.mark.sqlite_only
    def test_of_a_dialogue_that_is_not_there_fails(self, flask: Flasks, tmp_path: Path) -> None:
        result = flask("export", "polis", "nowhere", "--out", tmp_path / "out")
        assert result.exit_code == 1
        assert "There is no dialogue" in result.stderr
        assert not (tmp_path / "out").exists()

    @pytest.mark.sqlite_only
    def test_says_when_it_cannot_write(self, loaded: Flask, flask: Flasks, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        result = flask("export", "polis", "reach", "--out", tmp_path / "file" / "out")
        assert result.exit_code == 1
        assert "Traceback" not in result.output


def held_here(now: datetime) -> Dialogue:
    """Make a dialogue with one published idea, a hidden one, and one that nobody may see."""
    with transaction():
        opened = now - timedelta(days=1)
        dialogue = Dialogue(
            agency_id=default_agency().id,
            slug="here",
            created_at=now,
            texts=[DialogueText(language="en", question="Held here?", short_name="Here")],
            phases=[Phase(act=act, opens_at=opened) for act in (Act.ANNOUNCE, Act.IDEA, Act.VOTE)],
        )
        db.session.add(dialogue)
        db.session.flush()
        people = []
        for name in ("harbor_finch", "quiet_finch"):
            user = User(
                email=f"{name}@mail.example",
                email_folded=f"{name}@mail.example",
                display_name=name,
                name_folded=name,
                created_at=now,
            )
            db.session.add(user)
            db.session.flush()
            person = Participant(
                dialogue_id=dialogue.id,
                user_id=user.id,
                public_name=name,
                name_folded=name,
                created_at=now,
            )
            db.session.add(person)
            people.append(person)
        db.session.flush()
        ideas = [
            _idea(dialogue, people[0], "First idea", "with **details**", now),
            _idea(dialogue, people[1], "secret to be hidden", "", now),
            _idea(dialogue, people[1], "never voted on", "", now),
        ]
        for one, revision in ideas[:2]:
            publication.publish_revision(contribution_id=one.id, revision_id=revision.id, now=now)
    with transaction():
        for one, choice in ((ideas[0][0], Choice.DISAGREE), (ideas[1][0], Choice.PASS)):
            vote = db.session.get(Vote, (one.id, people[1].id))
            if vote is None:
                vote = Vote(idea_id=one.id, participant_id=people[1].id, at=now)
                db.session.add(vote)
            vote.choice = choice
        db.session.flush()
        hidden = publication.locked(ideas[1][0].id)
        hidden.agree, hidden.passed = 0, 1
        publication.unlist(hidden, now)
        hidden.state = State.HIDDEN
    return dialogue


def _idea(
    dialogue: Dialogue, person: Participant, title: str, source: str, now: datetime
) -> tuple[Contribution, Revision]:
    contribution = Contribution(
        dialogue_id=dialogue.id,
        kind="idea",
        participant_id=person.id,
        tracking=ids.tracking_number(),
        created_at=now,
    )
    db.session.add(contribution)
    db.session.flush()
    revision = Revision(
        contribution_id=contribution.id,
        number=1,
        title=title,
        source=source,
        html=f"<p>{source}</p>",
        plain=source,
        sanitizer_version="1",
        sha256="",
        created_at=now,
    )
    db.session.add(revision)
    db.session.flush()
    return contribution, revision


class TestKilledImport:
    @pytest.mark.sqlite_only
    def test_leaves_nothing_and_can_be_done_again(
        self, install: Callable[..., site.Site], tmp_path: Path
    ) -> None:
        place = install()
        place.flask("db", "upgrade")
        people, ideas = 400, 100
        votes = "timestamp,comment-id,voter-id,vote\n" + "".join(
            f"{1500000000000 + person},{idea},{person},1\n"
            for idea in range(ideas)
            for person in range(people)
        )
        comments = "timestamp,comment-id,author-id,moderated,comment-body\n" + "".join(
            f"1500000000000,{idea},{idea},1,Statement {idea}\n" for idea in range(ideas)
        )
        folder = polis_folders.write(
            tmp_path / "in", comments=comments, votes=votes, people=None, summary=None
        )
        command = ("import", "polis", str(folder), "--slug", "big")
        started = subprocess.Popen(
            [str(site.TOOLS / "flask"), "--app", "dialogue.app", *command],
            cwd=site.ROOT,
            env=place.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        _wait_for_a_writer(place.instance / "dialogue.sqlite3.lock")
        started.send_signal(signal.SIGKILL)
        said, _ = started.communicate(timeout=30)
        assert said == b""
        refused = place.flask("export", "polis", "big", "--out", str(tmp_path / "o"), succeed=False)
        assert refused.returncode == 1
        done = json.loads(place.flask(*command, "--json").stdout)
        assert (done["changed"], done["people"], done["votes"]) == (True, people, people * ideas)


def _wait_for_a_writer(lock: Path) -> None:
    """Return when some process is inside a writing transaction."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if lock.exists():
            with lock.open("r+") as file:
                try:
                    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return
                fcntl.lockf(file, fcntl.LOCK_UN)
        time.sleep(0.002)
    raise AssertionError("Nobody began to write.")


@pytest.mark.open_data
class TestRealConversations:
    @pytest.mark.sqlite_only
    @pytest.mark.parametrize("name", CONVERSATIONS)
    def test_come_back_equal(
        self, flask: Flasks, open_data: Path, tmp_path: Path, name: str
    ) -> None:
        self.comes_back_equal(flask, open_data / "polis" / name, tmp_path)

    def test_come_back_equal_from_each_database(
        self, flask: Flasks, open_data: Path, tmp_path: Path
    ) -> None:
        self.comes_back_equal(flask, open_data / "polis" / "football-concussions", tmp_path)

    def comes_back_equal(self, flask: Flasks, folder: Path, tmp_path: Path) -> None:
        done = flask("import", "polis", folder, "--slug", "real", "--json")
        assert done.exit_code == 0, done.output
        assert flask("export", "polis", "real", "--out", tmp_path).exit_code == 0
        before = {file.name: file.read_bytes() for file in folder.glob("*.csv")}
        after = {file.name: file.read_bytes() for file in tmp_path.glob("*.csv")}
        for exact in ("participants-votes.csv", "summary.csv"):
            assert after[exact] == before[exact]
        assert last_votes(after["votes.csv"]) == last_votes(before["votes.csv"])
        assert len(rows(after["votes.csv"])) == len(last_votes(before["votes.csv"]))
        # The files count every click of a person; what comes back counts people.
        counts = ("agrees", "disagrees")
        for one, other in zip(
            rows(before["comments.csv"]), rows(after["comments.csv"]), strict=True
        ):
            assert {k: v for k, v in one.items() if k not in counts} == {
                k: v for k, v in other.items() if k not in counts
            }

    def test_fill_every_stored_field(self, app: Flask, flask: Flasks, open_data: Path) -> None:
        flask("import", "polis", open_data / "polis" / "football-concussions", "--slug", "real")
        with app.app_context():
            marks = dict(
                db.session.execute(
                    select(Contribution.original_state, func.count()).group_by(
                        Contribution.original_state
                    )
                ).all()
            )
            assert marks == {"1": 45, "0": 116, "-1": 137}
            listed = db.session.scalars(select(Contribution).where(Contribution.listed)).all()
            assert len(listed) == 161
            assert all(one.title and one.published_revision_id for one in listed)
            assert len({one.mix_key for one in listed}) > 100
            for one in listed[:20]:
                assert (one.agree, one.disagree, one.passed) == recounted(one.id)
            assert count(PolisStatement) < 20  # stored twice only where it must be
