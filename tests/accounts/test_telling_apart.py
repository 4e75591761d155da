"""Nobody learns from us who has an account: the same answers, the same work behind them.

How long the answers take is measured by `make drills ARGS=telling_apart`.
"""

from __future__ import annotations

import re

import pytest

from tests.accounts.flows import FLOWS
from tests.accounts.test_signing_in import set_password
from tests.cast import Cast, address
from tests.pages import Browser
from tests.site.test_statements import statements

KNOWN, UNKNOWN = address("ada"), "abe@people.example"
SECRET = re.compile(r'(name="(?:csrf_token|form_key)" value=")[^"]*')
SUGGESTED = re.compile(r"(data-names=|name=\"display_name\"[^>]*value=)\"[^\"]*\"")


def answered(cast: Cast, flow: str, email: str) -> tuple[object, ...]:
    browser = Browser(cast.app, "ben" if flow == "change the address" else "")
    answer = FLOWS[flow](browser, email)
    page = answer.text
    if answer.status_code == 303:
        page += browser.client.get(answer.headers["Location"]).text
    page = SUGGESTED.sub("", SECRET.sub(r"\1", page)).replace(email, "their address")
    headers = {name for name, _value in answer.headers if name != "Content-Length"}
    return answer.status_code, answer.headers.get("Location"), sorted(headers), page


@pytest.mark.sqlite_only
class TestAnAddress:
    @pytest.mark.parametrize("flow", FLOWS)
    def test_with_an_account_is_answered_as_one_without(self, cast: Cast, flow: str) -> None:
        set_password(cast.app, cast.people["ada"])
        assert answered(cast, flow, KNOWN) == answered(cast, flow, UNKNOWN)

    @pytest.mark.parametrize("flow", FLOWS)
    def test_with_an_account_costs_the_same_work(self, cast: Cast, flow: str) -> None:
        """A new account is written and an old one is not: that is all that differs."""
        set_password(cast.app, cast.people["ada"])
        for email in (KNOWN, UNKNOWN):  # whatever is done once is done
            answered(cast, flow, email)
        work = []
        for email in (KNOWN, "amy@people.example"):
            with statements(cast) as asked:
                answered(cast, flow, email)
            work.append(len(asked))
        assert abs(work[0] - work[1]) <= 2, work
