"""Mail addresses: one way to read them and one way to compare them."""

from __future__ import annotations

import re
import unicodedata

from flask_babel import gettext as _

from dialogue.kernel.errors import FieldErrors

_LONGEST = 254
_SHAPE = re.compile(
    r"[^\s@,;:<>()\[\]\\\"]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{1,62}"
)


def parse(typed: str) -> str:
    """Return the address as typed, cleaned; raises FieldErrors when it is not one."""
    address = typed.strip()
    control = any(unicodedata.category(letter).startswith("C") for letter in address)
    # Mail programs decode "=?…?=" wherever it stands: the mail would go to another address.
    encoded = "=?" in unicodedata.normalize("NFKC", address)
    if control or encoded or len(address) > _LONGEST or not _SHAPE.fullmatch(address):
        raise FieldErrors({"email": _("Enter an email address in the format name@example.gov")})
    return address


def fold(address: str) -> str:
    """Return the form under which addresses are compared: one account for one mailbox."""
    return unicodedata.normalize("NFKC", address.strip()).casefold()
