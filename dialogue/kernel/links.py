"""Addresses in what people write: which are safe, and the rows that external links go through.

A page never links to another host by itself. It links to `/leaving?to=<id>`, so that the notice
shown there cannot be turned into a redirector to an address that nobody wrote here. The ids are
drawn at random: counting upwards would show the addresses in what waits for a moderator or was
refused.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
import secrets
from datetime import datetime
from urllib.parse import quote

from sqlalchemy import BigInteger, bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from dialogue.kernel import clock
from dialogue.kernel.db import Model, UtcDateTime, db

LONGEST = 4_000  # characters of an address, as it was typed and in its normal form
_IDS = 2**62  # too many to try
_ID = re.compile(r"[0-9]{1,19}")


class ExternalLink(Model):
    """An address on another host that somebody's text points to."""

    __tablename__ = "external_link"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    # Addresses are too long for an index on PostgreSQL: their digest is what is unique.
    sha256: Mapped[str] = mapped_column(unique=True)
    url: Mapped[str]
    host: Mapped[str]  # in Latin letters (punycode), so that look-alike letters show
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


_KNOWN = select(ExternalLink.__table__.c.id).where(
    ExternalLink.__table__.c.sha256 == bindparam("sha256")
)


def link_id(url: str) -> int:
    """Return the number of an address that `safe_url` gave, making its row in this transaction.

    Raises ValueError for an address that is not safe.
    """
    if safe_url(url) != url:
        raise ValueError("Only addresses that safe_url returned become links.")
    digest = hashlib.sha256(url.encode()).hexdigest()
    found = db.session.scalar(_KNOWN, {"sha256": digest})
    if found is not None:
        return found
    link = ExternalLink(
        id=secrets.randbelow(_IDS) + 1,
        sha256=digest,
        url=url,
        host=host_of(url),
        created_at=clock.now(),
    )
    try:
        with db.session.begin_nested():
            db.session.add(link)
    except IntegrityError:  # somebody wrote the same address at the same moment
        return db.session.execute(_KNOWN, {"sha256": digest}).scalar_one()
    return link.id


def put_back(number: int, url: str, now: datetime) -> None:
    """Write the row of an address again that was deleted with the words around it."""
    digest = hashlib.sha256(url.encode()).hexdigest()
    db.session.add(
        ExternalLink(id=number, sha256=digest, url=url, host=host_of(url), created_at=now)
    )
    db.session.flush()


def link_by_id(typed: str) -> ExternalLink | None:
    """Return the stored address that an id in an address of ours stands for."""
    asked = int(typed) if _ID.fullmatch(typed) else 0
    return db.session.get(ExternalLink, asked) if 0 < asked <= _IDS else None


_OUTSIDE = re.compile(r"(https?)://([^/?#]*)([/?#].*)?", re.IGNORECASE)
_MAIL = re.compile(r"[A-Za-z0-9.!#$&'*+/=^_`{|}~-]{1,64}@([A-Za-z0-9.-]{1,253})")
_TELEPHONE = re.compile(r"\+?[0-9][0-9().-]{2,24}(?:;ext=[0-9]{1,6})?")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
# Spaces, controls, invisible and bidirectional characters, and what no address holds unescaped.
_REFUSED = re.compile(
    "[\x00-\x20\x7f-\xa0\xad\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff"
    '\ud800-\udfff\ufff0-\uffff\\\\<>"`{}|^]'
)
# Left as they are in path, query and fragment; everything else is percent-encoded.
_KEPT = "/?#[]@!$&'()*+,;=:%~"


def safe_url(raw: str) -> str | None:
    """Return the address in its normal form, or None when it must not become a link.

    Accepted: absolute http and https with a host name or IPv4 address, mail addresses, telephone
    numbers. Refused, among others: anything relative or without `//`, user names in front of the
    host, backslashes, controls, other schemes. Host names come back in Latin letters.
    """
    raw = raw.strip(" \n\t")
    if len(raw) > LONGEST or _REFUSED.search(raw):
        return None
    scheme, _, rest = raw.partition(":")
    match scheme.lower():
        case "mailto":
            mail = _MAIL.fullmatch(rest)
            return f"mailto:{rest}" if mail and _host(mail.group(1)) else None
        case "tel":
            return f"tel:{rest}" if _TELEPHONE.fullmatch(rest) else None
        case "http" | "https":
            return _outside(raw)
    return None


def _outside(raw: str) -> str | None:
    parts = _OUTSIDE.fullmatch(raw)
    if parts is None:
        return None
    scheme, authority, rest = parts.group(1).lower(), parts.group(2), parts.group(3) or ""
    name, colon, port = authority.partition(":")
    host = _host(name)
    if host is None or (colon and not (port.isascii() and port.isdigit())):
        return None
    if port:
        number = int(port[:6])
        if not 0 < number < 65536 or len(port) > 5:
            return None
        if number != {"http": 80, "https": 443}[scheme]:
            host = f"{host}:{number}"
    url = f"{scheme}://{host}{quote(rest, safe=_KEPT)}"
    return url if len(url) <= LONGEST else None


def _host(name: str) -> str | None:
    """Return a host name in lower-case Latin letters; None when it is not one."""
    if not name or len(name) > 253:
        return None
    try:
        host = name.encode("idna").decode().lower().removesuffix(".")
    except UnicodeError:
        return None
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return None
    if labels[-1].isdigit() or labels[-1].startswith("0x"):  # browsers read these as numbers
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            return None
    return host if len(labels) > 1 or host == "localhost" else None


def host_of(url: str) -> str:
    """Return the host that the notice shows for an address from `safe_url`."""
    rest = url.split("://", 1)[1]
    return re.split(r"[/?#]", rest, maxsplit=1)[0]
