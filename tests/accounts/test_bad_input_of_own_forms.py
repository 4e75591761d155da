"""Whatever is sent to the forms of one's own account: a clear page, and nothing is changed."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update

from dialogue.accounts.models import (
    AccountSession,
    AddressChange,
    Attempt,
    DataCopy,
    Departure,
    User,
)
from dialogue.kernel import clock
from dialogue.kernel.db import db
from dialogue.participation.models import Participant
from tests.cast import SLUG, Cast
from tests.pages import Browser

WRONG = (
    "",
    " ",
    "x" * 10_000,
    "9" * 400,
    "-1",
    "\u202eabc",
    "a\u200bb",
    "аdmin",
    "<script>alert(1)</script>",
    "[' OR 1=1 --",
    "a\r\nBcc: all@people.example",
    "=?utf-8?q?x?=@people.example",
    "{{ 7*7 }}",
)
RAW = (b"%00", b"%ED%A0%80", b"%FF%FE", b"\xff")
FORMS = {
    f"/me/name/{SLUG}": "display_name",
    "/me/account/address": "email",
    "/me/account/address/code": "code",
    "/me/account/language": "language",
    "/me/confirm/code": "code",
    "/me/data/delete": "words",
    "/me/data/delete/code": "code",
    "/account/address/unknown": "token",
    "/account/address/undo/unknown": "token",
    "/me/sessions/99999999999999999999/end": "form_key",
    "/me/sessions/0/end": "form_key",
}


def standing(cast: Cast) -> object:
    def read() -> object:
        user = db.session.get_one(User, cast.people["ana"])
        names = db.session.scalars(select(Participant.public_name).order_by(Participant.id)).all()
        open_ones = select(func.count(AccountSession.id)).where(AccountSession.revoked_at.is_(None))
        counts = [
            db.session.scalar(select(func.count()).select_from(model))
            for model in (AddressChange, DataCopy, Departure)
        ]
        return (user.email, user.password_hash, user.disabled_at, user.language, tuple(names)), (
            db.session.scalar(open_ones),
            counts,
        )

    return cast.read(read)


@pytest.mark.sqlite_only
class TestAFormOfOnesOwn:
    @pytest.mark.parametrize("path", FORMS)
    def test_takes_nothing_wrong(self, cast: Cast, path: str) -> None:
        ana = Browser(cast.app, "ana")
        token = ana.form("/me", action="/account/sign-out").fields["csrf_token"]
        before = standing(cast)
        field = FORMS[path]
        for value in WRONG:
            with cast.writing():  # limits are shown elsewhere
                db.session.execute(update(Attempt).values(at=clock.now().replace(year=2020)))
            answer = ana.client.post(path, data={"csrf_token": token, field: value})
            assert answer.status_code in (404, 410, 422), f"{value[:20]!r}: {answer.status_code}"
            if answer.status_code == 422:
                assert "Error:" in answer.text
        for raw in RAW:
            sent = b"csrf_token=" + token.encode() + b"&" + field.encode() + b"=" + raw
            kind = "application/x-www-form-urlencoded"
            answer = ana.client.post(path, data=sent, content_type=kind)
            assert 400 <= answer.status_code < 500, raw
        answer = ana.client.post(path, data={field: "anything"})
        assert answer.status_code in (403, 404), "without the page's token"
        for body, kind in ((b'{"code": [[[]]]}', "application/json"), (b"\x1f\x8b", "text/plain")):
            assert 400 <= ana.client.post(path, data=body, content_type=kind).status_code < 500
        assert standing(cast) == before

    def test_has_limits_of_its_own_for_codes(self, cast: Cast) -> None:
        """A code that is tried five times is dead, also for who then finds it."""
        ana = Browser(cast.app, "ana")
        form = ana.form("/me/data/delete", action="/me/data/delete")
        where = ana.send(form, words="go").headers["Location"]
        form = ana.form(where, holding="code")
        said = [ana.send(form, 422, code="123456").text for _try in range(6)]
        assert "Too many tries" in said[5]
        assert "Too many tries" not in said[4]
