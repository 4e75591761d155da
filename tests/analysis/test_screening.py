"""Screening finds what could harm a person and leaves ordinary policy talk alone."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogue.analysis.screening import danger_words, personal_data, spam_score

PERSONAL = [
    ("phone", "call me at {(555) 234-5678} after six"),
    ("phone", "my cell is {555.234.5678}"),
    ("phone", "{+1 212-555-0123} is where I am"),
    ("phone", "{2125550123}"),
    ("phone", "text {555-0134} tonight"),
    ("phone", "Tel. {+49 228 1234567}"),
    ("phone", "{0228 1234567}"),
    ("phone", "{06 12 34 56 78}"),
    ("phone", "llámame al {612 345 678}"),
    ("phone", "{five five five two three four five six seven eight}"),
    ("phone", "write to wa.me/{15552345678}"),
    ("phone", "{５５５－２３４－５６７８}"),
    ("phone", "{٥٥٥-٢٣٤-٥٦٧٨}"),
    ("phone", "{555\u200b-234-5678}"),
    ("phone", "{3 0 5 5 5 5 0 1 9 9}"),
    ("phone", "{305-555-0199 ext. 12}"),
    ("phone", "cell# {555-0142}"),
    ("phone", "{+502 5555 1234} por WhatsApp"),
    ("email", "ask {maria.lopez@example.com}."),
    ("email", "{maria [at] example [dot] com}"),
    ("email", "{maria at gmail dot com}"),
    ("email", "{maria @ example.com}"),
    ("email", "{josé.ñandú@correo.es}"),
    ("ssn", "it is {123-45-6789}"),
    ("ssn", "my ssn {123456789}"),
    ("ssn", "my social security number is {123 45 6789}"),
    ("card", "{4111 1111 1111 1111}"),
    ("card", "{5500-0055-5555-5559} expires soon"),
    ("card", "{378282246310005}"),
    ("address", "I live at {45 Elm Drive}"),
    ("address", "{123 main street apt 4}"),
    ("address", "{1420 Oak Tree Lane, Springfield, IL 62704}"),
    ("address", "{PO Box 1234}"),
    ("address", "{3000 NE 5th Ave Unit 4}"),
    ("address", "{77 W 45th St, Apt 3B}"),
    ("address", "{55 Highway 20}"),
    ("address", "{Calle 5 #12-34}"),
    ("address", "{Musterweg 5, 53111 Bonn}"),
    ("address", "{Hauptstraße 12}"),
    ("address", "vivo en {Calle Mayor 15}"),
    ("address", "{10 rue de la Paix}"),
    ("address", "{北京市中山路123号}"),
    ("id_number", "passport number {AB1234567}"),
    ("id_number", "my number is {A012345678}"),
    ("id_number", "A-number {123456789}"),
    ("id_number", "driver license number {F255-921-50-094-0}"),
    ("id_number", "{A# 012-345-678}"),
    ("id_number", "driver's license {D123-4567-8901}"),
    ("id_number", "a van with license plate {ABC 1234}"),
    ("id_number", "{IOE0912345678}"),
    ("id_number", "{DE89 3704 0044 0532 0130 00}"),
    ("id_number", "DNI {12345678Z}"),
    ("birth_date", "I was born on {March 14, 1990}"),
    ("birth_date", "DOB: {03/14/1990}"),
    ("birth_date", "nací el {14 de marzo de 1990}"),
    ("name", "my name is {Maria Lopez}"),
    ("name", "the foreman is named {Bob Jones}"),
    ("name", "Sincerely,\n{Maria Lopez}"),
    ("name", "My supervisor {Dave Miller} shouts at us"),
    ("name", "My cousin {Ana} was told to wait"),
    ("name", "my name is {ANA RUIZ}"),
    ("phone", "my cousin, reachable at {555-0142}, said so"),
]

LOOK_ALIKES = [
    "29 U.S.C. 207 applies",
    "20 CFR 655.122(l) and 29 CFR 1910.134",
    "8 U.S.C. 1589-1592 (2000) and 22 U.S.C. 7101-7114",
    "Public Law 106-386",
    "It costs $1,234,567.89 a year",
    "from 2019-2020 to 2021-2022",
    "on 2024-03-14 at 10:30",
    "03/14/2024",
    "ISBN 978-3-16-148410-0",
    "ISBN 0-306-40615-2",
    "version 10.4.12.1",
    "open 8:30-17:00",
    "100-1000 workers",
    "27,600,000 people, or 27 600 000 people",
    "call 911 or 988, text 233733",
    "docket 2024-0012-3456",
    "RIN 1205-AB76",
    "89 Fed. Reg. 33898",
    "3.14159265358979",
    "we waited 2 hours at the court",
    "a 4 lane road, 25 miles down the road, 50 people in the street",
    "in 2008 Wall Street crashed",
    "the law was born in 2000",
    "my name is not important",
    "I am Black American",
    "192.168.10.254",
    "https://example.org/a/5551234567",
    "2025551234567890123456",
    "over 100 Main Street businesses with 5 Star Way certificates",
    "case 1:22-cv-01234-ABC and DOI 10.1016/j.worlddev.2020.105123",
    "40.7128, -74.0060",
    "1 800 workers in 2 700 homes, 3 000 000 000 euros",
    "visa 2023 rules and passport retention since 2000",
    "2023-11-05T10:15:30Z and 12.05.2023-14.06.2023",
    "issue #1234567890, order 5551234567",
    "Sincerely, a worker",
    "$15/hour 40 hours",
    "@worker_center on the platform",
    "Form I-914 and I-765",
    "My employer OSHA was late, my boss then said no",
]

HELPLINES = ["1-888-373-7888", "08000 121 700", "1-800-THE-LOST", "988", "help@helpline.example"]


def marked(sentence: str) -> tuple[str, str]:
    text = sentence.replace("{", "").replace("}", "")
    return text, sentence[sentence.index("{") + 1 : sentence.index("}")]


class TestPersonalData:
    @pytest.mark.parametrize(("kind", "sentence"), PERSONAL)
    def test_finds_exactly_the_detail(self, kind, sentence):
        text, detail = marked(sentence)
        assert [(span.kind, text[span.start : span.end]) for span in personal_data(text)] == [
            (kind, detail)
        ]

    @pytest.mark.parametrize("text", LOOK_ALIKES)
    def test_leaves_look_alikes_alone(self, text):
        assert personal_data(text) == []

    @pytest.mark.parametrize(
        "text",
        [
            "888-373-7888",
            "(888) 373 7888",
            "+1.888.373.7888",
            "18883737888",
            "1 (888) 373–7888",
            "call 8883737888 now",
            "call 1-888-373-7888 (233733)",
            "+44 8000 121700",
            "0044 8000 121 700",
            "1-800-843-5678",
            "1 800 THE LOST",
            "eight eight eight three seven three seven eight eight eight",
            "Help@Helpline.example",
        ],
    )
    def test_never_flags_a_configured_helpline_however_it_is_written(self, text):
        assert personal_data(text, public_numbers=HELPLINES) == []

    def test_still_flags_a_private_number_beside_a_helpline(self):
        text = "888-373-7888 or my own 888-373-7889"
        spans = personal_data(text, public_numbers=HELPLINES)
        assert [text[span.start : span.end] for span in spans] == ["888-373-7889"]

    def test_counts_offsets_in_code_points(self):
        text = "😀😀 a@b.example 😀 555-234-5678"
        assert [text[s.start : s.end] for s in personal_data(text)] == [
            "a@b.example",
            "555-234-5678",
        ]

    def test_refuses_numbers_with_a_wrong_check_digit(self):
        assert personal_data("4111 1111 1111 1112") == []

    @given(st.text(max_size=400))
    def test_returns_sorted_disjoint_spans_inside_any_text(self, text):
        spans = personal_data(text, public_numbers=HELPLINES)
        edges = [edge for span in spans for edge in (span.start, span.end)]
        assert edges == sorted(edges)
        assert all(0 <= span.start < span.end <= len(text) for span in spans)

    @given(st.text(alphabet="0123456789 .-()+@aA/,#xX\u0661\u200b", max_size=300))
    def test_survives_text_made_of_separators_and_digits(self, text):
        for span in personal_data(text, public_numbers=HELPLINES):
            assert text[span.start : span.end].strip()

    @pytest.mark.parametrize(
        "unit",
        [
            "1 ",
            "@",
            "a@",
            "1-",
            "five ",
            "A1",
            "Aa ",
            "12 Aa Bb ",
            "my name is ",
            "((1",
            "A.",
            " ",
            "\n",
            "北京",
            "$$",
        ],
    )
    def test_gets_through_ten_thousand_hostile_characters(self, unit):
        # A pattern that backtracks would not come back from here within the run's time limit.
        text = unit * (10_000 // len(unit))
        for span in personal_data(text, public_numbers=HELPLINES) + danger_words(text):
            assert 0 <= span.start < span.end <= len(text)
        assert 0 <= spam_score(text) <= 1


class TestDangerWords:
    @pytest.mark.parametrize(
        ("kind", "text"),
        [
            ("captivity", "We are locked in at night"),
            ("captivity", "he took my passport"),
            ("captivity", "I can’t leave"),
            ("captivity", "me quitaron los documentos"),
            ("captivity", "They will not let us leave"),
            ("violence", "he said he is going to kill me"),
            ("self_harm", "I keep thinking about suicide"),
            ("self_harm", "I want to end my life"),
            ("call_for_help", "please help me"),
            ("call_for_help", "she needs to get out right now"),
            ("call_for_help", "ayúdame"),
        ],
    )
    def test_marks_words_of_present_danger(self, kind, text):
        assert kind in {span.kind for span in danger_words(text)}

    @pytest.mark.parametrize(
        "text",
        [
            "Right now the law says nothing about hours.",
            "help me understand the rule",
            "Fund suicide prevention and end assisted suicide.",
            "wages are locked in place by the contract",
            "Employers must give every worker a written contract.",
            "",
        ],
    )
    def test_leaves_policy_talk_alone(self, text):
        assert danger_words(text) == []


class TestSpamScore:
    @pytest.mark.parametrize(
        "text",
        [
            "Buy cheap viagra at https://pills.xyz/buy now!!! Limited offer",
            "I made $500 a day working from home, click here: bit.ly/abc",
            "CRYPTO INVESTMENT!! DM me on telegram",
            "great post! visit my site www.best-shop.com",
            "seo services best price seo services ranking",
            "[url=http://casino.example]online casino[/url]",
            "asdfghjkl",
            "aaaaaaaaaaaaaaaaaaaa",
            "Gаin mоney fаst online cаsino",
            "Free iPhone! Claim your prize now at http://prize.win",
            "We offer payday loans with no credit check, contact us on WhatsApp",
            "cheap cheap cheap shoes shoes shoes buy buy buy cheap shoes buy cheap",
        ],
    )
    def test_puts_advertising_and_filler_at_half_or_more(self, text):
        assert spam_score(text) >= 0.5

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "help",
            "Employers should give every worker a contract. See https://www.dol.gov/agencies/whd",
            "Recruiters who promise 'earn $500 a week' are often a sign of trafficking.",
            "Ads that promise guaranteed income, no experience needed and $900 per week are lures.",
            "Escort sites and casinos are where victims are sold; click here traps are common.",
            "Ask @dol.gov for help: https://www.dol.gov",
            "The fee was $3,000 and nobody told us. That must stop!!!",
            "INSPECTORS MUST COME WITHOUT NOTICE AND SPEAK OUR LANGUAGE",
            "Los inspectores deben hablar español.",
            "雇主應該提供書面合約。",
            "我覺得共乘經濟的理念很好而且是預約性不像計程車氾濫反而影響交通還要國家補助浪費納稅人辛勞多元化社會",
            "Nooooooooooo, lo establece la ley.",
        ],
    )
    def test_leaves_honest_contributions_below_half(self, text):
        assert spam_score(text) < 0.5

    @given(st.text(max_size=300))
    def test_stays_between_zero_and_one(self, text):
        assert 0.0 <= spam_score(text) <= 1.0


class TestImport:
    def test_needs_no_numeric_library(self):
        code = "import sys, dialogue.analysis.screening; sys.exit('numpy' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
