"""Which addresses become links, in which form, and the rows behind the notice."""

from __future__ import annotations

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from dialogue.kernel.db import db, transaction
from dialogue.kernel.links import LONGEST, ExternalLink, host_of, link_id, safe_url


class TestSafeUrl:
    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("https://law.example", "https://law.example"),
            ("  HTTPS://Law.Example/Path?Q=1#F\n", "https://law.example/Path?Q=1#F"),
            ("http://law.example:80/", "http://law.example/"),
            ("https://law.example:443", "https://law.example"),
            ("https://law.example:8443/x", "https://law.example:8443/x"),
            ("https://law.example./x", "https://law.example/x"),
            ("https://192.0.2.7/x", "https://192.0.2.7/x"),
            ("http://localhost:8000/", "http://localhost:8000/"),
            ("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4"),
            ("https://аррӏе.example", "https://xn--80ak6aa92e.example"),
            ("https://law。example", "https://law.example"),
            ("https://law.example/a%20b%2f", "https://law.example/a%20b%2f"),
            ("https://law.example/@user/x:y", "https://law.example/@user/x:y"),
            ("https://law.example?to=//evil.example", "https://law.example?to=//evil.example"),
            ("mailto:help+line@law.example", "mailto:help+line@law.example"),
            ("tel:1-888-373-7888", "tel:1-888-373-7888"),
            ("TEL:+18883737888;ext=12", "tel:+18883737888;ext=12"),
        ],
    )
    def test_gives_the_normal_form_of_a_sound_address(self, typed: str, kept: str) -> None:
        assert safe_url(typed) == kept
        assert safe_url(kept) == kept

    @pytest.mark.parametrize(
        "typed",
        [
            "",
            "law.example",
            "//law.example",
            "/\\law.example",
            "https:law.example",
            "https:\\\\law.example",
            "https://good.example@evil.example",
            "https://good.example\\.evil.example",
            "https://evil.example\\@good.example",
            "https://evil.example\t.good.example",
            "https://evil\n.example",
            "https://evil.example\x00",
            "https://evil\u200b.example",
            "https://\u202eelpmaxe.evil",
            "https://evil .example",
            "https://[2001:db8::1]/",
            "https://0300.0250.0.1/",
            "https://192.0.2.7.1/",
            "https://evil.example:٣/",
            "https://evil.example:/../",
            "https://a..example/",
            "javascript:alert(1)",
            "javascript://law.example/%0aalert(1)",
            "data:,x",
            "mailto:a@b.example?subject=x",
            "mailto:@b.example",
            "tel:5",
            "https://law.example/" + "a" * LONGEST,
            "https://law.example/" + "ä" * (LONGEST // 2),
            "https://" + ".".join(["a" * 60] * 5),
        ],
    )
    def test_refuses_everything_else(self, typed: str) -> None:
        assert safe_url(typed) is None

    def test_knows_an_address_that_only_ends_its_host_with_a_colon(self) -> None:
        assert safe_url("https://law.example:/x") is None

    @given(st.text(alphabet="htps:/\\@.#?[]%aеvilß\u3002\u200b \t019-_", max_size=40))
    @settings(max_examples=600, deadline=None)
    def test_gives_nothing_that_a_browser_reads_in_another_way(self, tail: str) -> None:
        url = safe_url("https://" + tail)
        if url is None:
            return
        assert url.isascii()
        assert not set(url) & set("\\<>\"'` \t\n")
        assert "@" not in host_of(url)
        assert safe_url(url) == url


class TestLinkId:
    def test_is_the_same_for_the_same_address(self, app: Flask) -> None:
        with app.app_context():
            with transaction():
                first = link_id("https://law.example/a")
                again = link_id("https://law.example/a")
                other = link_id("https://law.example/b")
            with transaction():
                later = link_id("https://law.example/a")
            assert first == again == later != other
            assert db.session.scalar(select(func.count()).select_from(ExternalLink)) == 2

    def test_keeps_the_host_in_latin_letters(self, app: Flask) -> None:
        address = safe_url("https://bücher.example:8443/x")
        assert address
        with app.app_context():
            with transaction():
                number = link_id(address)
            assert db.session.get_one(ExternalLink, number).host == "xn--bcher-kva.example:8443"

    def test_takes_the_longest_address(self, app: Flask) -> None:
        address = safe_url("https://law.example/" + "ä" * ((LONGEST - 20) // 6))
        assert address
        with app.app_context(), transaction():
            assert link_id(address) == link_id(address)

    @pytest.mark.parametrize("address", ["javascript:alert(1)", "https://LAW.example", "/x"])
    def test_refuses_an_address_that_was_not_made_safe(self, app: Flask, address: str) -> None:
        with app.app_context(), transaction(), pytest.raises(ValueError, match="safe_url"):
            link_id(address)
