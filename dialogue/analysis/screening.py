"""What a text shows at first sight: personal details, likely spam, words of present danger.

The web process imports this module, so nothing here needs numpy. Every function is a suggestion to
people: nothing is published, hidden or refused because of it alone. All patterns have bounded
repetitions, so the cost is linear in the length of the text.
"""

from __future__ import annotations

from collections.abc import Collection

from dialogue.analysis import addresses, contact_details, identity_details
from dialogue.analysis.danger import danger_words
from dialogue.analysis.spam import spam_score
from dialogue.analysis.spans import DetailKind, FoldedText, Span, without_overlaps

__all__ = ["DetailKind", "Span", "danger_words", "personal_data", "spam_score"]


def personal_data(text: str, *, public_numbers: Collection[str] = ()) -> list[Span]:
    """Personal details in `text`, in text order, without overlaps, as code point offsets.

    Kinds: phone, email, ssn, card, address, id_number, birth_date, name. Digits of any script,
    typographic dashes and invisible characters do not hide a number. `public_numbers` are helplines
    and public contacts (phone numbers in any formatting, vanity letters allowed, or mail
    addresses): they are never reported, however the text writes them. Names are found only after
    words that announce one ("my name is …"): a false alarm costs more there than a miss.
    """
    folded = FoldedText(text)
    plain = contact_details.without_public(folded.text, public_numbers)
    numbers = contact_details.without_links(plain)
    ranked = [
        *contact_details.emails(plain),
        *identity_details.cards(numbers),
        *identity_details.social_security_numbers(numbers),
        *identity_details.identity_numbers(numbers),
        *identity_details.birth_dates(numbers),
        *contact_details.phones(numbers),
        *addresses.postal_addresses(numbers),
        *identity_details.names(plain),
    ]
    spans = []
    for found in ranked:
        start, end = folded.original(found.start, found.end)
        spans.append(Span(start, end, found.kind))
    return without_overlaps(spans)
