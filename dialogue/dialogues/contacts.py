"""Helplines and public contacts of the site and of a dialogue: what everybody may read."""

from __future__ import annotations

from dataclasses import dataclass

from config import Helpline
from dialogue.dialogues.models import Dialogue
from dialogue.kernel.settings import setting


@dataclass(frozen=True)
class Line:
    """A helpline as pages show it, with the addresses that call it."""

    name: str
    phone: str
    phone_href: str
    text: str
    sms_href: str


def line(helpline: Helpline) -> Line:
    """Return a helpline with its addresses."""
    digits = "".join(letter for letter in helpline.phone if letter.isdigit())
    prefix = "+" if len(digits) > 10 else ""
    return Line(
        name=helpline.name,
        phone=helpline.phone,
        phone_href=f"tel:{prefix}{digits}",
        text=helpline.text,
        sms_href=f"sms:{helpline.text}" if helpline.text else "",
    )


def helplines(dialogue: Dialogue) -> list[Line]:
    """Return the helplines of the site, then those that the dialogue adds."""
    lines = list(setting("HELPLINES"))
    known = {found.phone for found in lines}
    lines += [
        Helpline(name=row.get("name", ""), phone=row["phone"], text=row.get("text", ""))
        for row in dialogue.helplines
        if row.get("phone") and row["phone"] not in known
    ]
    return [line(found) for found in lines]


def public_numbers(dialogue: Dialogue) -> frozenset[str]:
    """Return the helplines and contacts of the site and of a dialogue; nobody's private details."""
    numbers = {setting("SITE_CONTACT"), dialogue.contact_mail, dialogue.contact_phone}
    for found in setting("HELPLINES"):
        numbers |= {found.phone, found.text}
    for row in dialogue.helplines:
        numbers |= {str(value) for key, value in row.items() if key != "name"}
    return frozenset(number for number in numbers if number)
