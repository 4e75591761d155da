"""Atom feeds (RFC 4287), written by an XML writer: whatever people wrote stays text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.etree import ElementTree

_NAMESPACE = "http://www.w3.org/2005/Atom"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
# XML 1.0 has no way to write these; text that people typed was cleaned of them when it was stored.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Entry:
    """One item of a feed. The id never changes, wherever the item's page moves."""

    id: str
    title: str
    link: str
    author: str
    published: datetime
    updated: datetime
    summary: str = ""
    language: str = ""
    category: str = ""


def feed(
    *, id: str, title: str, link: str, own_link: str, updated: datetime, entries: Sequence[Entry]
) -> bytes:
    """Return a feed. `link` is the page it tells of, `own_link` the feed itself; all are absolute.

    `updated` is when the feed was made if it has no entry; else its newest entry says it.
    """
    root = ElementTree.Element("feed", {"xmlns": _NAMESPACE})
    newest = max((entry.updated for entry in entries), default=updated)
    _text(root, "id", id)
    _text(root, "title", title)
    _text(root, "updated", newest.isoformat())
    ElementTree.SubElement(root, "link", {"rel": "self", "href": own_link})
    ElementTree.SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": link})
    for entry in entries:
        _add(root, entry)
    whole: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return whole


def _add(root: ElementTree.Element, entry: Entry) -> None:
    attributes = {_LANGUAGE: entry.language} if entry.language else {}
    element = ElementTree.SubElement(root, "entry", attributes)
    _text(element, "id", entry.id)
    _text(element, "title", entry.title)
    ElementTree.SubElement(
        element, "link", {"rel": "alternate", "type": "text/html", "href": entry.link}
    )
    _text(ElementTree.SubElement(element, "author"), "name", entry.author)
    _text(element, "published", entry.published.isoformat())
    _text(element, "updated", entry.updated.isoformat())
    if entry.category:
        ElementTree.SubElement(element, "category", {"term": _clean(entry.category)})
    if entry.summary:
        _text(element, "summary", entry.summary)


def _text(parent: ElementTree.Element, name: str, words: str) -> None:
    ElementTree.SubElement(parent, name).text = _clean(words)


def _clean(words: str) -> str:
    return _NO_XML.sub("", words)
