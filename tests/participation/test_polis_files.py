"""What is wrong in the files of a Pol.is export is named, by file and line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from dialogue.participation.polis import moments
from dialogue.participation.polis.files import MOST_PROBLEMS, BadFiles, Conversation, read
from dialogue.participation.polis.wording import LONGEST_TITLE, likely_language, wording
from tests.participation import polis_folders
from tests.participation.polis_folders import COMMENTS, PEOPLE, VOTES

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def problems(folder: Path) -> list[str]:
    with pytest.raises(BadFiles) as caught:
        read(folder, now=NOW)
    return caught.value.problems


def found(folder: Path) -> Conversation:
    return read(folder, now=NOW)


class TestRead:
    def test_keeps_the_last_vote_in_time_of_each_person(self, tmp_path: Path) -> None:
        conversation = found(polis_folders.write(tmp_path))
        assert conversation.votes[0, 7] == (1500000015000, 1)
        assert len(conversation.votes) == 6
        assert conversation.vote_rows == 7

    def test_takes_the_later_row_of_two_votes_at_the_same_moment(self, tmp_path: Path) -> None:
        row = "1500000015000,Fri Jul 14 02:40:15 UTC 2017,0,7,0\n"
        conversation = found(polis_folders.write(tmp_path, votes=VOTES + row))
        assert conversation.votes[0, 7] == (1500000015000, 0)

    def test_keeps_statements_as_they_were_written(self, tmp_path: Path) -> None:
        conversation = found(polis_folders.write(tmp_path))
        assert conversation.statements[1].text == "Café hours are\ntoo short\n"
        assert list(conversation.statements) == [2, 0, 1]

    def test_does_without_groups_and_summary(self, tmp_path: Path) -> None:
        conversation = found(polis_folders.write(tmp_path, people=None, summary=None))
        assert conversation.people == {}
        assert conversation.about("topic") == ""

    def test_does_without_local_times(self, tmp_path: Path) -> None:
        votes = "timestamp,comment-id,voter-id,vote\n1500000010123,0,0,1\n"
        assert found(polis_folders.write(tmp_path, votes=votes)).votes == {
            (0, 0): (1500000010123, 1)
        }

    def test_reads_windows_files_alike(self, tmp_path: Path) -> None:
        windows = polis_folders.write(
            tmp_path, votes=b"\xef\xbb\xbf" + VOTES.replace("\n", "\r\n").encode()
        )
        assert len(found(windows).votes) == 6

    def test_tells_other_files_by_their_digest(self, tmp_path: Path) -> None:
        one = found(polis_folders.write(tmp_path / "one"))
        same = found(polis_folders.write(tmp_path / "same"))
        other = found(polis_folders.write(tmp_path / "other", summary="topic,Another question\n"))
        assert one.sha256 == same.sha256 != other.sha256

    @pytest.mark.parametrize(
        ("file", "wrong", "said"),
        [
            ("votes", (",0,0,1", ",0,0,2"), "votes.csv, line 2: vote is '2'"),
            ("votes", (",0,0,1", ",0,0,"), "votes.csv, line 2: vote is ''"),
            ("votes", (",1,4,-1", ",1,x,-1"), "votes.csv, line 5: voter-id is 'x'"),
            ("votes", (",1,4,-1", ",1,04,-1"), "votes.csv, line 5: voter-id is '04'"),
            ("votes", (",1,4,-1", ",1,-4,-1"), "votes.csv, line 5: voter-id is '-4'"),
            ("votes", (",1,4,-1", ",1,9999999999,-1"), "votes.csv, line 5: voter-id is 9999999999"),
            ("votes", (",1,4,-1", ",1,٤,-1"), "votes.csv, line 5: voter-id is '٤'"),
            ("votes", (",2,7,-1", ",9,7,-1"), "votes.csv, line 8: the comment-id 9 is not in"),
            ("votes", (",2,7,-1", ",2,7"), "votes.csv, line 8: there are 4 values where 5 belong"),
            (
                "votes",
                ("1500000017000", "yesterday"),
                "votes.csv, line 8: timestamp is 'yesterday'",
            ),
            ("votes", ("1500000017000", "-5"), "votes.csv, line 8: timestamp is '-5'"),
            (
                "votes",
                ("1500000017000", "9500000017000"),
                "line 8: timestamp is 9500000017000, which",
            ),
            ("votes", ("02:40:17", "02:41:18"), "votes.csv, line 8: datetime is"),
            ("votes", ("Fri Jul 14 02:40:17", "Thu Jul 14 02:40:17"), "line 8: datetime is"),
            ("votes", ("voter-id", "voter"), "votes.csv, line 1: the column voter-id is missing"),
            ("votes", ("datetime", "timestamp"), "votes.csv, line 1: a column is double"),
            ("comments", (",0,0,2,0,1,", ",2,0,2,0,1,"), "line 3: the comment-id 2 stands here"),
            ("comments", (",0,1,-1,", ",0,1,3,"), "comments.csv, line 2: moderated is '3'"),
            (
                "comments",
                ("Shut the office", "a\x00b"),
                "comments.csv, line 2: there are characters",
            ),
            ("comments", ("0,1,-1,Shut the office", "0,1,0,  "), "line 2: comment-body is empty"),
            (
                "comments",
                ("Shut the office", "x" * 10_001),
                "comments.csv, line 2: comment-body is",
            ),
            (
                "comments",
                ("Shut the office", "x" * 200_000),
                "comments.csv, line 2: the row cannot",
            ),
            ("comments", ('too short\n"', "too short\n"), "comments.csv, line 4: the row cannot"),
            ("people", ("\n0,0,2", "\n7,0,2"), "participants-votes.csv, line 3: the participant 7"),
            ("people", ("\n0,0,2", "\n0,A,2"), "participants-votes.csv, line 3: group-id is 'A'"),
            ("people", ("\n12,,", "\n12,"), "participants-votes.csv, line 5: there are 8 values"),
            ("summary", ("views,31", "views,31,32"), "summary.csv, line 3: there are 3 values"),
        ],
    )
    def test_names_the_file_and_line(
        self, tmp_path: Path, file: str, wrong: tuple[str, str], said: str
    ) -> None:
        sound = {
            "comments": COMMENTS,
            "votes": VOTES,
            "people": PEOPLE,
            "summary": polis_folders.SUMMARY,
        }[file]
        assert wrong[0] in sound
        folder = polis_folders.write(tmp_path, **{file: sound.replace(*wrong, 1)})
        [problem] = problems(folder)
        assert said in problem

    def test_names_everything_that_is_wrong_at_once(self, tmp_path: Path) -> None:
        folder = polis_folders.write(
            tmp_path,
            votes=VOTES.replace(",0,0,1", ",0,0,x").replace(",2,7,-1", ",2,x,-1"),
            people=PEOPLE.replace("\n0,0,2", "\nzero,0,2"),
        )
        assert [problem.split(":")[0] for problem in problems(folder)] == [
            "votes.csv, line 2",
            "votes.csv, line 8",
            "participants-votes.csv, line 3",
        ]

    def test_stops_after_fifty(self, tmp_path: Path) -> None:
        rows = "".join(f"15000000{n:05},,0,{n},9\n" for n in range(500))
        folder = polis_folders.write(tmp_path, votes=VOTES + rows)
        assert len(problems(folder)) == MOST_PROBLEMS

    def test_does_not_blame_votes_for_a_comment_that_was_wrong_itself(self, tmp_path: Path) -> None:
        folder = polis_folders.write(tmp_path, comments=COMMENTS.replace(",0,1,-1,", ",0,1,3,"))
        assert len(problems(folder)) == 1

    def test_names_a_file_that_is_missing_or_empty(self, tmp_path: Path) -> None:
        assert (
            "votes.csv: cannot be read"
            in problems(polis_folders.write(tmp_path / "a", votes=None))[0]
        )
        assert problems(polis_folders.write(tmp_path / "b", votes="")) == [
            "votes.csv, line 1: the file is empty."
        ]
        heading = COMMENTS.splitlines(keepends=True)[0]
        assert (
            "no comments follow"
            in problems(polis_folders.write(tmp_path / "c", comments=heading, votes=VOTES[:44]))[0]
        )

    def test_names_the_line_of_bytes_that_are_no_text(self, tmp_path: Path) -> None:
        broken = COMMENTS.encode().replace(b"Shut", b"Sh\xffut")
        assert problems(polis_folders.write(tmp_path, comments=broken))[0].startswith(
            "comments.csv, line 2: there are bytes"
        )


class TestMoments:
    @pytest.mark.parametrize(
        ("second", "local", "east"),
        [
            (1472552518, "Tue Aug 30 17:21:58 WIB 2016", 25_200),
            (1567382954, "Sun Sep 01 17:09:14 PDT 2019", -25_200),
            (1700000000, "Tue Nov 14 2023 22:13:20 GMT+0000 (Coordinated Universal Time)", 0),
        ],
    )
    def test_of_both_forms_are_written_as_they_were_read(
        self, second: int, local: str, east: int
    ) -> None:
        zone = moments.zone_of(second, local)
        assert zone is not None
        assert zone[1] == east
        assert moments.local_time(second, zone) == local

    @pytest.mark.parametrize(
        "local",
        [
            "",
            "2016-08-30T10:21:58Z",
            "Tue Aug 30 17:21:59 WIB 2016",
            "Tue Aug 32 17:21:58 WIB 2016",
            "Tue Aug 30 17:21:58 WIB 2015",
            "Tue Abc 30 17:21:58 WIB 2016",
        ],
    )
    def test_refuse_a_text_that_is_not_that_time(self, local: str) -> None:
        assert moments.zone_of(1472552518, local) is None

    def test_remember_when_summer_time_began(self) -> None:
        winter, summer = ("{day} PST", -28_800), ("{day} PDT", -25_200)
        seen = [(5_000, summer), (1_000, winter), (9_000, summer), (2_000, winter)]
        remembered = moments.changes(seen)
        assert [row[0] for row in remembered] == [1_000, 5_000]
        calendar = moments.Calendar(remembered)
        assert calendar.text(4_999) == "31 PST"
        assert calendar.text(5_000) == "31 PDT"
        assert calendar.text(0) == "31 PST"

    def test_keep_every_millisecond(self) -> None:
        for milliseconds in (0, 1, 999, 1500000010123, 4102444799999):
            assert moments.milliseconds_of(moments.at(milliseconds)) == milliseconds


class TestWording:
    def test_makes_one_line_of_a_statement(self) -> None:
        assert wording(" Pay\nthe  fee\n") == ("Pay the fee", "")

    def test_takes_hidden_characters_away(self) -> None:
        assert wording("Pay\u202e the\u200b fee") == ("Pay the fee", "")

    def test_makes_a_title_of_the_first_sentence_of_a_long_one(self) -> None:
        rest = "It is far too long. " * 20
        assert wording(f"Pay the fee. {rest}") == ("Pay the fee.", rest.strip())
        assert wording("先付費。" + "然後" * 200)[0] == "先付費。"

    def test_loses_no_word_where_no_sentence_ends(self) -> None:
        title, source = wording("word " * 100)
        assert len(title) <= LONGEST_TITLE
        assert title.endswith("…")
        assert source == ("word " * 100).strip()

    def test_takes_an_empty_statement(self) -> None:
        assert wording("") == ("", "")


class TestLikelyLanguage:
    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("線上叫車創新服務 UberX", "zh"),
            ("ウーバーに乗る人は多い", "ja"),
            ("노동자 보호", "ko"),
            ("حقوق العمال", "ar"),
            ("права работников", "ru"),
            ("Workers’ café", "en"),
            ("", "en"),
            ("123 …", "en"),
        ],
    )
    def test_is_told_by_the_script(self, text: str, code: str) -> None:
        assert likely_language([text], otherwise="en") == code
