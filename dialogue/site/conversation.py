"""The comments under an idea as its page shows them: threads, one's own that wait, the ways on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask_babel import gettext as _

from dialogue.dialogues.models import Dialogue
from dialogue.dialogues.wording import target_sentence
from dialogue.kernel import text
from dialogue.kernel.errors import NotFound
from dialogue.kernel.paging import Page
from dialogue.kernel.routing import number
from dialogue.moderation.queries.outcomes import reason_given
from dialogue.participation import addresses, policies
from dialogue.participation.lifecycle import TRANSITIONS, State, Verb
from dialogue.participation.models import Contribution, Kind, Participant
from dialogue.participation.queries import conversation, threads
from dialogue.participation.queries.conversation import CommentRow, Order, Thread
from dialogue.participation.queries.threads import OwnItem


@dataclass(frozen=True)
class Conversation:
    """What the template shows under an idea; see components/comments.html."""

    threads: Threads
    own: Sequence[dict[str, Any]]
    orders: Sequence[dict[str, Any]]
    first_url: str | None
    older_url: str | None
    all_url: str | None  # on the page of one thread: back to all of them
    may_mark: bool
    is_over: bool


def conversation_of(
    dialogue: Dialogue,
    idea: Contribution,
    merged: Sequence[int],
    me: Participant | None,
    url: str,
    now: datetime,
    *,
    is_over: bool = False,
) -> Conversation:
    """Return the part of the comments that this request asks for, those on ideas that were merged
    into this one (`merged`) among them; `is_over`: the idea itself is gone, so they are there to be
    read. Raises NotFound for a thread that is not there."""
    here_and_merged = [idea.id, *merged]
    me_id = me.id if me else None
    asked = request.args.get("comments", "")
    order = Order(asked) if asked in set(Order) else Order.OLDEST
    after, thread = request.args.get("after", ""), request.args.get("thread")
    if thread is None:
        page = conversation.threads_of(here_and_merged, order, after, me_id=me_id)
    else:
        page = _one_thread(here_and_merged, thread, after, me_id)
    is_open = not is_over and policies.takes_comments(idea)
    is_open = is_open and policies.may_write(dialogue, Kind.COMMENT, now)
    mine = {
        row.id
        for found in page.rows
        for row in (found.root, *found.replies)
        if me_id is not None and row.participant_id == me_id
    }
    show = _Showing(dialogue, is_open, now)
    here = {"comments": str(order)} if order is not Order.OLDEST else {}
    older = here | {"after": page.older} if page.older else None
    return Conversation(
        threads=Threads(
            tuple(page.rows),
            idea_author=idea.participant_id,
            mine=frozenset(mine),
            slug=dialogue.slug,
            url=url,
            is_open=is_open,
            older=page.older if thread else None,
        ),
        own=show.own(threads.own_waiting_comments(idea_id=idea.id, participant_id=me_id)),
        orders=[
            {
                "name": name,
                "url": None if key is order and not after else _url(url, {"comments": str(key)}),
                "is_here": key is order,
            }
            for key, name in (
                (Order.OLDEST, _("Oldest first")),
                (Order.NEWEST, _("Newest first")),
                (Order.HELPFUL, _("Most helpful first")),
            )
        ],
        first_url=_url(url, here) if after and thread is None else None,
        older_url=_url(url, older) if older and thread is None else None,
        all_url=_url(url, here) if thread is not None else None,
        may_mark=is_open,
        is_over=is_over,
    )


def _one_thread(idea_ids: Sequence[int], asked: str, after: str, me_id: int | None) -> Page[Thread]:
    root_id = number(asked)
    page = conversation.thread_of(idea_ids, root_id, after, me_id=me_id) if root_id else None
    if page is None:
        raise NotFound("")
    return page


@dataclass(frozen=True)
class Threads:
    """Threads as they are read from the database, and what else the page says of them; each becomes
    what the template shows when somebody looks at it. Equal ones look the same."""

    rows: tuple[Thread, ...]
    idea_author: int
    mine: frozenset[int]  # comments of the person who reads
    slug: str
    url: str
    is_open: bool
    older: str | None  # the cursor of the next page of a thread that is read by itself

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return map(self._thread, self.rows)

    def _thread(self, found: Thread) -> dict[str, Any]:
        shown = {found.root.id, *(reply.id for reply in found.replies)}
        query = {"thread": found.root.id}
        more_url = None
        if self.older:
            more_url = _url(self.url, query | {"after": self.older})
        elif found.more:
            more_url = _url(self.url, query, f"comment-{found.root.id}")
        return {
            "root": self._comment(found.root, shown),
            "replies": [self._comment(reply, shown) for reply in found.replies],
            "more": found.more,
            "more_url": more_url,
        }

    def _comment(self, row: CommentRow, shown: set[int]) -> dict[str, Any]:
        mine = row.id in self.mine
        address = f"/d/{self.slug}/comments/{row.id}"
        answered = None
        if row.answered is not None and row.reply_to_id is not None:
            is_near = row.reply_to_id in shown
            answered = {
                "author": row.answered,
                "url": f"#comment-{row.reply_to_id}"
                if is_near
                else addresses.comment_url(row.reply_to_id),
            }
        return {
            "id": row.id,
            "html": text.stored(row.fragment),
            "author": row.author,
            "by_idea_author": row.participant_id == self.idea_author,
            "at": row.published_at,
            "edited_at": row.edited_at,
            "history_url": f"{address}/history",
            "state": State.PUBLISHED if row.listed else row.state,
            "lang": row.language,
            "replying_to": answered,
            "edit_url": f"{address}/edit" if mine and self.is_open else None,
            "withdraw_url": f"{address}/withdraw" if mine else None,
            "helpful": row.helpful,
            "found_helpful": row.found_helpful,
            "helpful_url": f"{address}/helpful" if self.is_open and not mine else None,
        }


@dataclass(frozen=True)
class _Showing:
    """Makes of one's own comments what the template reads."""

    dialogue: Dialogue
    is_open: bool
    now: datetime

    def own(self, items: Sequence[OwnItem]) -> list[dict[str, Any]]:
        """One's own comments that others cannot see."""
        return [self._own_comment(item) for item in items]

    def _own_comment(self, item: OwnItem) -> dict[str, Any]:
        address = f"/d/{self.dialogue.slug}/comments/{item.id}"
        state = State(item.state)
        may_change = any((state, verb) in TRANSITIONS for verb in (Verb.EDIT, Verb.RESEND))
        may_withdraw = (state, Verb.WITHDRAW) in TRANSITIONS
        return {
            "id": item.id,
            "html": text.stored(item.html),
            "state": item.state,
            "lang": item.language,
            "edit_url": f"{address}/edit" if may_change and self.is_open else None,
            "withdraw_url": f"{address}/withdraw" if may_withdraw else None,
            "reason": None if state is State.PENDING else reason_given(item.id, self.now),
            "waiting": target_sentence(self.dialogue),
            "tracking": item.tracking,
        }


def _url(url: str, query: dict[str, Any], anchor: str = "comments") -> str:
    return f"{url}?{urlencode(query)}#{anchor}" if query else f"{url}#{anchor}"
