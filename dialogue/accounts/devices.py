"""The coarse name of a browser, for a person who looks at where they are signed in.

Nothing finer is kept: no version, no model, no address.
"""

from __future__ import annotations

from flask_babel import gettext as _

# The first that fits: most browsers name their elders as well.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)


def named(user_agent: str) -> str:
    """Return "Firefox|Windows" for what a browser says of itself; parts that are not known are
    empty."""
    return "|".join(
        next((name for mark, name in known if mark in user_agent), "")
        for known in (_BROWSERS, _SYSTEMS)
    )


def said(device: str) -> str:
    """Return what `named` returned as people read it."""
    browser, _bar, system = device.partition("|")
    if browser and system:
        return _("%(browser)s on %(system)s", browser=browser, system=system)
    return browser or system or _("A browser")
