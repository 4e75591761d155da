"""User text: cleaned, rendered and sanitised once, when it is written.

This is the only module that touches raw HTML. People write Markdown-lite; what is stored is the
source as typed, the finished HTML, and the plain text for search, excerpts and hashes. The way:
length cap and nesting check, then Markdown with a handful of rules and no HTML, then our own rule
for addresses, then bleach with eleven tags, then nh3 as a second wall. A page prints the stored
HTML as it is (`stored`), so nothing is ever rendered or unescaped a second time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import bleach
import nh3
from flask_babel import lazy_gettext as _l
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from dialogue.kernel.characters import BadText, clean_source, count, excerpt, fold
from dialogue.kernel.links import safe_url

__all__ = ["BadText", "Rendered", "clean_source", "count", "excerpt", "fold", "render", "stored"]

SANITIZER_VERSION = "1"  # stored with each HTML: raise it when the same source gives other HTML
CEILING = 10_000  # code points; the work below is bounded because this comes first
DEEPEST = 10  # lists, quotations and emphasis inside each other
MOST_LINKS = 50  # further addresses stay text

TAGS = frozenset({"a", "blockquote", "br", "code", "em", "li", "ol", "p", "strong", "ul"})


@dataclass(frozen=True)
class Rendered:
    """A source in the three forms that are stored beside it."""

    html: str
    plain: str
    sanitizer_version: str = SANITIZER_VERSION


def render(source: str, *, link_id: Callable[[str], int], own_host: str) -> Rendered:
    """Render Markdown-lite to finished HTML and plain text.

    `link_id` gives the number of an address on another host (`kernel.links.link_id`, or a
    constant for a preview); such links lead to `/leaving?to=<number>`. `own_host` is the site's
    host with its port if it has one. Raises BadText for what `clean_source` refuses, for more
    than 10,000 code points and for marks nested more than 10 deep. Takes under half a second for
    any input.
    """
    if len(source) > CEILING:
        raise BadText(_l("Shorten this text to 10,000 characters or fewer."))
    source = clean_source(source)
    _refuse_deep_marks(source)
    tokens = _MARKDOWN.parse(source)
    _refuse_deep_tokens(tokens)
    tokens = list(_simplified(tokens))
    targets = _Targets(link_id, own_host)
    for token in tokens:
        if token.children:
            token.children = list(_linked(token.children, targets))
    html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return Rendered(html=_sanitise(html).strip(), plain=_plain(tokens))


def with_placeholders(html: str, placeholders: Sequence[str]) -> str:
    """Draw boxes around placeholders for hidden words in HTML that `render` made."""
    for words in placeholders:
        shown = escape(words, quote=False)
        html = html.replace(shown, f'<span class="removed">{shown}</span>')
    return html


def stored(html: str) -> Markup:
    """Mark HTML that `render` made, and that was stored since, as ready for a template."""
    return Markup(html)  # noqa: S704  (this is the one place where stored HTML becomes markup)


# --- Markdown ------------------------------------------------------------------------------------


def _markdown() -> MarkdownIt:
    # Levels count list and item apart, and paragraphs; the parser must see a little more than we
    # accept, because it drops what lies deeper than its own limit without a word.
    parser = MarkdownIt("zero", {"html": False, "breaks": True, "maxNesting": 4 * DEEPEST})
    parser.enable(["blockquote", "list", "heading", "hr"])
    parser.enable(["newline", "escape", "backticks", "emphasis", "link", "autolink"])
    # Addresses are judged in _Targets and nowhere else; the parser's three methods are replaced.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # as it lets one
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    parser.normalizeLinkText = lambda link: link  # type: ignore[method-assign]
    return parser


_MARKDOWN = _markdown()
_MARKERS = re.compile(r"(?:[ \t]*(?:>|[-*+](?=[ \t]|$)|\d{1,9}[.)](?=[ \t]|$)))+")
_MARKER = re.compile(r">|[-*+]|\d{1,9}[.)]")
_DRAWN_LINE = re.compile(r"(?:[ \t]*-)+[ \t]*|(?:[ \t]*\*)+[ \t]*")
_BRACKETS = re.compile(r"[\[\]]")
_TOO_DEEP = _l("Use fewer lists, quotations and marks inside each other.")


def _refuse_deep_marks(source: str) -> None:
    """Refuse deep quotations and lists before the parser, which descends once for each mark."""
    for line in source.split("\n"):
        marks = _MARKERS.match(line)
        if (
            marks
            and len(_MARKER.findall(marks.group())) > DEEPEST
            and not _DRAWN_LINE.fullmatch(line)
        ):
            raise BadText(_TOO_DEEP)
    # Unclosed brackets make the parser look for an end from each of them.
    open_brackets = 0
    for character in _BRACKETS.findall(source):
        open_brackets = max(0, open_brackets + (1 if character == "[" else -1))
        if open_brackets > 10 * DEEPEST:
            raise BadText(_TOO_DEEP)


def _refuse_deep_tokens(tokens: list[Token]) -> None:
    blocks = 0
    for token in tokens:
        if token.type in {"blockquote_open", "list_item_open"}:
            blocks += 1
        elif token.type in {"blockquote_close", "list_item_close"}:
            blocks -= 1
        deepest_inline = max((child.level for child in token.children or ()), default=0)
        if blocks > DEEPEST or deepest_inline > DEEPEST:
            raise BadText(_TOO_DEEP)


class _Targets:
    """What the links of one text may point to."""

    def __init__(self, link_id: Callable[[str], int], own_host: str):
        self._link_id = link_id
        self._own_host = own_host.lower()
        self._known: dict[str, str] = {}

    def href(self, raw: str) -> str | None:
        """Return the target of a link; None when it must stay text."""
        url = safe_url(raw)
        if url is None:
            return None
        if url not in self._known:
            if len(self._known) >= MOST_LINKS:
                return None
            self._known[url] = self._target(url)
        return self._known[url] or None

    def _target(self, url: str) -> str:
        if url.startswith(("mailto:", "tel:")):
            return url
        rest = url.split("://", 1)[1]
        host = re.split(r"[/?#]", rest, maxsplit=1)[0]
        if host != self._own_host:
            return f"/leaving?to={self._link_id(url)}"
        path = rest.removeprefix(host)
        path = path if path.startswith("/") else f"/{path}"
        return "" if path.startswith("//") else path


# A pasted address: up to the next space or bracket; punctuation at its end belongs to the sentence.
_BARE = re.compile(r"https?://[^\s<>\"'\[\]{}|\\^`]+", re.IGNORECASE)
_TRAILING = ".,;:!?)*_~…。，、；：！？）」』”’"


def _simplified(tokens: list[Token]) -> Iterator[Token]:
    """Headings become paragraphs, and a drawn line three of its characters."""
    for token in tokens:
        if token.type == "hr":
            yield Token("paragraph_open", "p", 1, block=True)
            line = token.markup[0] * 3
            yield Token("inline", "", 0, content=line, children=[_text(line)])
            yield Token("paragraph_close", "p", -1, block=True)
            continue
        if token.type.startswith("heading_"):
            token.type = token.type.replace("heading", "paragraph")
            token.tag = "p"
        yield token


def _linked(children: list[Token], targets: _Targets) -> Iterator[Token]:
    destination = ""  # of the link we are in, when it is refused
    label = ""
    inside = 0
    for token in children:
        if token.type == "link_open":
            inside += 1
            raw = str(token.attrs.get("href", ""))
            href = targets.href(raw)
            label = ""
            destination = "" if href else raw
            if href:
                yield _opening(href)
        elif token.type == "link_close":
            inside -= 1
            if not destination:
                yield token
            elif destination != label:
                yield _text(f" ({destination})")
            destination = ""
        elif token.type == "text" and not inside:
            yield from _bare_links(token, targets)
        else:
            label += token.content
            yield token


def _bare_links(token: Token, targets: _Targets) -> Iterator[Token]:
    content, position = token.content, 0
    for start, end in bare_addresses(content):
        href = targets.href(content[start:end])
        if not href:
            continue
        yield _text(content[position:start])
        yield _opening(href)
        yield _text(content[start:end])
        yield Token("link_close", "a", -1)
        position = end
    yield _text(content[position:])


def bare_addresses(content: str) -> Iterator[tuple[int, int]]:
    """Yield where pasted addresses stand, without the punctuation of the sentence around them."""
    for match in _BARE.finditer(content):
        address = match.group()
        while (
            address
            and address[-1] in _TRAILING
            and not (address[-1] == ")" and address.count("(") >= address.count(")"))
        ):
            address = address[:-1]
        if address:
            yield match.start(), match.start() + len(address)


def parsed(source: str) -> list[Token]:
    """Return what the parser makes of a source that `render` accepts."""
    return _MARKDOWN.parse(source)


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _opening(href: str) -> Token:
    return Token("link_open", "a", 1, attrs={"href": href, "rel": "nofollow ugc"})


def _plain(tokens: list[Token]) -> str:
    return "\n".join(
        "".join(
            "\n" if child.type in {"softbreak", "hardbreak"} else child.content
            for child in token.children or ()
        )
        for token in tokens
        if token.type == "inline"
    ).strip()


# --- The two walls -------------------------------------------------------------------------------

# What _Targets gives, and nothing else: a path of ours, a mail address or a telephone number.
_ALLOWED_HREF = re.compile(r"/(?![/\\])[^\s\\]*|mailto:[^\s\\?]+|tel:[+0-9().;=ext-]+")


def _allowed(tag: str, name: str, value: str) -> bool:
    if tag == "ol":
        return name == "start" and value.isascii() and value.isdigit()
    if tag != "a":
        return False
    return (name == "rel" and value == "nofollow ugc") or (
        name == "href" and _ALLOWED_HREF.fullmatch(value) is not None
    )


_BLEACH = bleach.Cleaner(
    tags=TAGS,
    attributes=_allowed,
    protocols={"http", "https", "mailto", "tel"},  # without the first two it drops our own paths
    strip=True,
    strip_comments=True,
)


def _gate(tag: str, name: str, value: str) -> Any:
    return value if _allowed(tag, name, value) else None


def _sanitise(html: str) -> str:
    gated: str = nh3.clean(
        _BLEACH.clean(html),
        tags=set(TAGS),
        attributes={"a": {"href", "rel"}, "ol": {"start"}},
        attribute_filter=_gate,
        url_schemes={"mailto", "tel"},
        link_rel=None,
        strip_comments=True,
    )
    return gated
