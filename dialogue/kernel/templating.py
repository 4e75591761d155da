"""What every template may use: dates, numbers, form tokens, addresses of built files."""

from __future__ import annotations

import json
import os
import secrets
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, get_timezone_name
from babel.numbers import format_decimal
from flask import Flask, g, request, url_for
from flask_babel import get_locale, get_translations, ngettext
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from jinja2 import StrictUndefined
from markupsafe import Markup

from dialogue.kernel import clock, security

DEFAULT_ZONE = "America/New_York"
# Nobody can write it into their own words.
TOKEN = Markup("token-{}").format(secrets.token_hex(16))


def attach(app: Flask) -> None:
    """Register filters and functions on the application's Jinja environment."""
    environment = app.jinja_env
    environment.undefined = StrictUndefined
    environment.trim_blocks = True
    environment.lstrip_blocks = True
    environment.filters.update(day=day, day_time=day_time, relative_day=relative_day, number=number)
    environment.globals.update(asset=asset, csrf_field=csrf_field)
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # of the i18n extension
        words, ngettext_of, newstyle=True
    )


def words(message: str) -> str:
    """Return a message in the page's language. Looking a hundred of them up is dear: kept."""
    return _words(message, get_locale())


@lru_cache(maxsize=8192)
def _words(message: str, locale: Locale) -> str:
    return str(get_translations().ugettext(message))


def ngettext_of(singular: str, plural: str, count: int) -> str:
    """Return a message about `count` things in the page's language."""
    return str(get_translations().ungettext(singular, plural, count))


def zone() -> ZoneInfo:
    """Return the time zone of the page: the dialogue's where the view has set `g.zone`."""
    return ZoneInfo(g.get("zone") or DEFAULT_ZONE)


def day(moment: datetime) -> str:
    """Return "November 12", with the year when it is not the present one."""
    here = zone()
    local = moment.astimezone(here).date()
    return _written(local, local.year == clock.now().astimezone(here).year, get_locale())


@lru_cache(maxsize=4096)
def _written(date: date, this_year: bool, locale: Locale) -> str:
    """Return a date in words; kept, because a page shows the same few dates many times."""
    return format_date(date, _("MMMM d") if this_year else "long", locale=locale)


def day_time(moment: datetime) -> str:
    """Return "December 18, 11:59 p.m. Eastern": the day, the time and whose time it is."""
    local = moment.astimezone(zone())
    hour = local.hour % 12 or 12
    half = _("a.m.") if local.hour < 12 else _("p.m.")
    return f"{day(moment)}, {hour}:{local.minute:02d} {half} {_zone_name(str(get_locale()))}"


def _zone_name(locale: str) -> str:
    if zone().key == "UTC":
        return "UTC"
    name = get_timezone_name(zone(), width="long", zone_variant="generic", locale=locale)
    return name.removesuffix(" Time")


def relative_day(moment: datetime) -> str:
    """Return "today", "yesterday", "3 days ago"; older than two weeks, the day itself.

    Never an hour: the time of writing can give a person away.
    """
    here = zone()
    days = (clock.now().astimezone(here).date() - moment.astimezone(here).date()).days
    if days <= 0:
        return _("today")
    if days == 1:
        return _("yesterday")
    if days <= 14:
        return ngettext("%(num)s day ago", "%(num)s days ago", days)
    return day(moment)


def number(value: float) -> str:
    """Return 2904 as "2,904" in the page's language."""
    return _number(value, get_locale())


@lru_cache(maxsize=4096)
def _number(value: float, locale: Locale) -> str:
    return format_decimal(value, locale=locale)


def csrf_field() -> Markup:
    """Return the hidden token of a form; nothing on pages that need none. In a part that is kept
    for more than one reader, `TOKEN`, which `kept` replaces."""
    if g.get("keeps_parts"):
        return TOKEN
    if not security.needs_token():
        return Markup("")
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


_MANIFEST = str(Path(__file__).resolve().parents[2] / "static" / "build" / "manifest.json")


@lru_cache(maxsize=1)
def _manifest(path: str, changed: float) -> dict[str, str]:
    names: dict[str, str] = json.loads(Path(path).read_text())
    return names


def asset(name: str) -> str:
    """Return the address of a built file; its name carries a hash, so that it may be kept long."""
    try:
        names = _manifest(_MANIFEST, os.stat(_MANIFEST).st_mtime)
    except FileNotFoundError:
        names = {}
    return url_for("static", filename=f"build/{names.get(name, name)}")


def here() -> str:
    """Return path and query of the present page."""
    return request.full_path.rstrip("?")
