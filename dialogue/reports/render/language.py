"""In which language a report speaks: its dialogue's, where we have a catalogue in it, else English.

Files are made for nobody's request and pages for anybody's; neither decides what a report says.
Quotations keep their own language, and the JSON file, which is the document, is never translated.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from flask_babel import force_locale

from dialogue.dialogues.readiness import LANGUAGES
from dialogue.reports.model import Model

FALLBACK = "en"


def language_of(document: Model) -> str:
    """Return the language of a report's own sentences; regions of a language share one."""
    language = str(document["dialogue"]["language"]).lower().replace("_", "-").split("-")[0]
    return language if language in LANGUAGES else FALLBACK


def speaking(document: Model) -> AbstractContextManager[None]:
    """Within it sentences, dates and numbers come in the language of a report."""
    held: AbstractContextManager[None] = force_locale(language_of(document))
    return held
