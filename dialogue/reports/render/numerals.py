"""Numbers, shares and days as the report's language writes them."""

from __future__ import annotations

from datetime import date

from babel.dates import format_date
from babel.numbers import format_decimal
from flask_babel import get_locale
from flask_babel import gettext as _


def number(value: float) -> str:
    """Return 2904 as "2,904" in the page's language."""
    return str(format_decimal(value, locale=get_locale() or "en"))


def decimal(value: float) -> str:
    """Return a number with two decimals."""
    return str(format_decimal(value, format="0.00", locale=get_locale() or "en"))


def whole(share: float | None) -> str:
    """Return a share as whole percent without the sign; a dash where there is none."""
    return "–" if share is None else str(int(100 * share + 0.5))


def percent(share: float | None) -> str:
    """Return a share as "82%"."""
    return "–" if share is None else _("%(n)s%%", n=whole(share))


def long_day(day: str) -> str:
    """Return an ISO day as "November 3, 2026"."""
    return str(format_date(date.fromisoformat(day), "long", locale=get_locale() or "en"))


def short_day(day: date) -> str:
    """Return a day as "Nov 3, 2026", which no narrow column tears."""
    written = str(format_date(day, "medium", locale=get_locale() or "en"))
    return written.replace(" ", "\u00a0")


def signed(value: int) -> str:
    """Return a difference with its sign: "+96"."""
    return number(value) if value <= 0 else f"+{number(value)}"


def shorten(words: str, letters: int) -> str:
    """Return words that are not longer than so many letters."""
    return words if len(words) <= letters else words[: letters - 1].rstrip() + "…"
