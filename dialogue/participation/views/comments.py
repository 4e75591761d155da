"""Forms of comments: post one, change one's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from dialogue.accounts.access import participant, public
from dialogue.dialogues.models import Dialogue
from dialogue.kernel import text
from dialogue.kernel.errors import Conflict, FieldErrors, NotFound
from dialogue.kernel.routing import number
from dialogue.participation import addresses, policies, schemas
from dialogue.participation.commands import writing
from dialogue.participation.drafts import Pen, Place, Words
from dialogue.participation.models import Contribution, Kind
from dialogue.participation.queries import conversation, families, ideas, threads
from dialogue.participation.schemas import CommentInput
from dialogue.participation.views import drafting
from dialogue.participation.views.drafting import Own
from dialogue.participation.views.sheet import Sheet, answer

blueprint = Blueprint("comments", __name__)


@dataclass(kw_only=True)
class CommentSheet(Sheet[CommentInput]):
    """The form of a comment on `idea`, or of a reply on it."""

    idea: Contribution
    reply_to: conversation.CommentRow | None = None

    kind = Kind.COMMENT
    form_template = "participation/comment_form.html"
    preview_template = "participation/comment_preview.html"
    first_step = drafting.POST

    @property
    def idea_url(self) -> str:
        """The page that it will stand on."""
        return addresses.idea_url(self.dialogue.slug, self.idea.id, self.idea.slug)

    @property
    def action_url(self) -> str:
        slug = self.dialogue.slug
        if self.editing is None:
            return url_for("comments.post", slug=slug, idea_id=self.idea.id)
        return url_for("comments.edit_post", slug=slug, comment_id=self.editing.id)

    @property
    def place(self) -> Place:
        return Place(
            self.dialogue.id,
            Kind.COMMENT,
            idea_id=self.idea.id,
            reply_to_id=self.reply_to.id if self.reply_to else None,
            contribution_id=self.editing.id if self.editing else None,
        )

    @property
    def fields(self) -> dict[str, str]:
        return {"body": self.words.body}

    def check(self) -> CommentInput:
        return schemas.comment_input(self.dialogue, body=self.words.body)

    def shown(self) -> dict[str, Any]:
        answered = self.reply_to
        return {
            "idea": {"url": self.idea_url, "title": self.idea.title},
            "reply_to": {"id": answered.id, "author": answered.author} if answered else None,
        }

    def form_parts(self) -> dict[str, Any]:
        return {
            "limit": self.dialogue.comment_limit,
            "check_url": url_for("writing_check.check", slug=self.dialogue.slug),
        }

    def preview_parts(self, checked: CommentInput) -> dict[str, Any]:
        by_author = self.idea.participant.user_id == getattr(current_user, "id", None)
        return {
            "html": text.stored(schemas.preview(checked.body).html),
            "by_idea_author": current_user.is_authenticated and by_author,
            "at": self.now,
        }

    def post(self, checked: CommentInput, name: str) -> str:
        if self.editing is None:
            posted = writing.post_comment(
                dialogue=self.dialogue,
                user=current_user.user,
                idea_id=self.idea.id,
                reply_to_id=self.reply_to.id if self.reply_to else None,
                comment=checked,
                now=self.now,
                opened_at=drafting.opened_at(),
                name=name,
            )
            self.receipt = posted.tracking
        else:
            posted = writing.edit(
                dialogue=self.dialogue,
                contribution_id=self.editing.id,
                participant_id=self.editing.participant_id,
                title="",
                body=checked.body,
                topic_id=None,
                now=self.now,
                opened_at=drafting.opened_at(),
            )
        return f"{self.idea_url}#comment-{posted.id}"

    def payload(self) -> dict[str, Any]:
        return {
            "slug": self.dialogue.slug,
            "idea_id": self.idea.id,
            "reply_to": self.reply_to.id if self.reply_to else None,
            "body": self.words.body,
            "title": self.idea.title,
            "opened": request.form.get("opened", ""),
        }

    def thanks(self) -> str:
        if self.editing is not None:
            return _("Your change is sent. A moderator reads it next.")
        return _("Thank you. A moderator reads your comment next; we will email you.")


@blueprint.post("/d/<slug>/ideas/<int:idea_id>/comments")
@public
def post(slug: str, idea_id: int) -> Any:
    """Post a comment, preview it, save it, or go back and change it."""
    if (earlier := drafting.already_sent()) is not None:
        return earlier  # also when the idea is gone by now
    dialogue, now = drafting.open_dialogue(slug)
    return answer(new_sheet(dialogue, now, idea_id, request.form.get("reply_to", "")))


@blueprint.get("/d/<slug>/comments/<int:comment_id>/edit")
@participant
def edit(slug: str, comment_id: int) -> Any:
    """Show one's own comment for changing."""
    mine = drafting.own(slug, Kind.COMMENT, comment_id)
    comment = mine.contribution
    may_edit = policies.may_edit(comment.participant_id, comment, mine.dialogue, mine.now)
    if not may_edit or threads.is_closed_around(comment.id):
        raise Conflict(_("This comment cannot be changed any more."))
    words = Words(body=mine.wording.source)
    return edit_sheet(mine, words=words, pen=Pen.new()).form_page()


@blueprint.post("/d/<slug>/comments/<int:comment_id>/edit")
@participant
def edit_post(slug: str, comment_id: int) -> Any:
    """Preview a change of one's own comment, go back, save, or send it."""
    return answer(edit_sheet(drafting.own(slug, Kind.COMMENT, comment_id)))


def edit_sheet(mine: Own, **given: Any) -> CommentSheet:
    """Return the form for changing one's own comment."""
    return CommentSheet(
        dialogue=mine.dialogue, now=mine.now, editing=mine.contribution, idea=mine.idea, **given
    )


def new_sheet(
    dialogue: Dialogue, now: datetime, idea_id: int, reply_to: str = "", **given: Any
) -> CommentSheet:
    """Return the form of a comment on a public idea, or of a reply to one of its comments.

    Raises NotFound when either is not there for the public.
    """
    idea = ideas.public_idea(dialogue.id, idea_id)
    answered = None
    if reply_to:
        asked = number(reply_to)
        answered = (
            conversation.listed_comment(families.family(idea.id), asked)
            if asked is not None
            else None
        )
        if answered is None:
            raise NotFound("")
    return CommentSheet(dialogue=dialogue, now=now, idea=idea, reply_to=answered, **given)


def carried_over(dialogue: Dialogue, idea_id: int, fields: dict[str, str], now: datetime) -> Any:
    """The form of a comment on an idea, with the words of an idea that says the same.

    Raises NotFound, Conflict when comments are closed.
    """
    parts = (fields["title"].strip(), fields["body"].strip())
    words = Words(body="\n\n".join(part for part in parts if part))
    sheet = new_sheet(dialogue, now, idea_id, words=words, pen=Pen.new())
    if not policies.may_write(dialogue, Kind.COMMENT, now):
        raise Conflict(_("Comments are not open in this dialogue now."))
    try:
        sheet.check()
    except FieldErrors as problem:  # such as too long for a comment
        return sheet.form_page(problem.errors), 422
    return sheet.form_page()
