"""Forms of ideas: share one, change one's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from dialogue.accounts.access import participant, public
from dialogue.accounts.policy import short_rules
from dialogue.dialogues.models import Dialogue
from dialogue.dialogues.wording import target_words
from dialogue.kernel import text
from dialogue.kernel.errors import Conflict, FieldErrors
from dialogue.participation import addresses, policies, schemas
from dialogue.participation.commands import writing
from dialogue.participation.drafts import Pen, Place, Words
from dialogue.participation.models import Kind
from dialogue.participation.schemas import IdeaInput
from dialogue.participation.views import comments, drafting, similar
from dialogue.participation.views.drafting import Own
from dialogue.participation.views.sheet import Sheet, answer

blueprint = Blueprint("ideas", __name__, url_prefix="/d/<slug>/ideas")


@dataclass(kw_only=True)
class IdeaSheet(Sheet[IdeaInput]):
    """The form of an idea."""

    kind = Kind.IDEA
    form_template = "participation/idea_form.html"
    preview_template = "participation/idea_preview.html"

    @property
    def action_url(self) -> str:
        if self.editing is None:
            return url_for("ideas.new_post", slug=self.dialogue.slug)
        return url_for("ideas.edit_post", slug=self.dialogue.slug, idea_id=self.editing.id)

    @property
    def place(self) -> Place:
        changes = self.editing.id if self.editing else None
        return Place(self.dialogue.id, Kind.IDEA, contribution_id=changes)

    @property
    def fields(self) -> dict[str, str]:
        return {"title": self.words.title, "body": self.words.body}

    def check(self) -> IdeaInput:
        typed = self.words
        return schemas.idea_input(
            self.dialogue, title=typed.title, body=typed.body, topic=typed.topic
        )

    def shown(self) -> dict[str, Any]:
        # Somebody who edits has an idea already.
        looks = self.editing is None and bool(self.words.title.strip())
        return {
            "target": target_words(self.dialogue),
            "similar": similar.rows_for(self.dialogue, self.words.title, self.now) if looks else [],
        }

    def form_parts(self) -> dict[str, Any]:
        slug = self.dialogue.slug
        return {
            "topics": [{"key": t.slug, "name": t.name()} for t in self.dialogue.topics],
            "limits": {"title": self.dialogue.title_limit, "body": self.dialogue.body_limit},
            "rules": short_rules(),
            "check_url": url_for("writing_check.check", slug=slug),
            "similar_url": "" if self.editing else url_for("similar.show", slug=slug),
        }

    def preview_parts(self, checked: IdeaInput) -> dict[str, Any]:
        topics = {topic.id: topic.name() for topic in self.dialogue.topics}
        return {
            "preview": {
                "title": checked.title,
                "html": text.stored(schemas.preview(checked.body).html),
                "topic": topics.get(checked.topic_id or 0),
            }
        }

    def post(self, checked: IdeaInput, name: str) -> str:
        if self.editing is None:
            posted = writing.post_idea(
                dialogue=self.dialogue,
                user=current_user.user,
                idea=checked,
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
                title=checked.title,
                body=checked.body,
                topic_id=checked.topic_id,
                now=self.now,
                opened_at=drafting.opened_at(),
            )
        return addresses.idea_url(self.dialogue.slug, posted.id)

    def payload(self) -> dict[str, Any]:
        return {
            "slug": self.dialogue.slug,
            "title": self.words.title,
            "body": self.words.body,
            "topic": self.words.topic,
            "opened": request.form.get("opened", ""),
        }

    def thanks(self) -> str:
        if self.editing is not None:
            return _("Your change is sent. A moderator reads it next.")
        return _("Thank you. A moderator reads your idea next; we will email you.")


@blueprint.get("/new")
@public
def new(slug: str) -> Any:
    """Show the form."""
    dialogue, now = drafting.open_dialogue(slug)
    if not policies.may_write(dialogue, Kind.IDEA, now):
        raise Conflict(_("Ideas are not open in this dialogue now."))
    return new_sheet(dialogue, now, words=Words(), pen=Pen.new()).form_page()


@blueprint.post("/new")
@public
def new_post(slug: str) -> Any:
    """Preview, go back and change, save, or post; agree with another one or comment there."""
    dialogue, now = drafting.open_dialogue(slug)
    sheet = new_sheet(dialogue, now)
    if (asked := similar.step_for(request.form.get("step", ""))) is not None:
        act, idea_id = asked
        if act == "agree":
            return _agree_instead(sheet, idea_id)
        return comments.carried_over(dialogue, idea_id, sheet.fields, now)
    return answer(sheet)


@blueprint.get("/<int:idea_id>/edit")
@participant
def edit(slug: str, idea_id: int) -> Any:
    """Show one's own idea for changing."""
    mine = drafting.own(slug, Kind.IDEA, idea_id)
    idea = mine.contribution
    if not policies.may_edit(idea.participant_id, idea, mine.dialogue, mine.now):
        raise Conflict(_("This idea cannot be changed any more."))
    topics = {topic.id: topic.slug for topic in mine.dialogue.topics}
    topic = topics.get(idea.topic_id or 0, schemas.NO_TOPIC)
    words = Words(mine.wording.title, mine.wording.source, topic)
    return edit_sheet(mine, words=words, pen=Pen.new()).form_page()


@blueprint.post("/<int:idea_id>/edit")
@participant
def edit_post(slug: str, idea_id: int) -> Any:
    """Preview a change, go back, save, or send it."""
    return answer(edit_sheet(drafting.own(slug, Kind.IDEA, idea_id)))


def new_sheet(dialogue: Dialogue, now: datetime, **given: Any) -> IdeaSheet:
    """Return the form of a new idea: what was sent, or the words and pen that are given."""
    return IdeaSheet(dialogue=dialogue, now=now, **given)


def edit_sheet(mine: Own, **given: Any) -> IdeaSheet:
    """Return the form for changing one's own idea."""
    return IdeaSheet(dialogue=mine.dialogue, now=mine.now, editing=mine.contribution, **given)


def _agree_instead(sheet: IdeaSheet, idea_id: int) -> Any:
    """Count an Agree with an idea that says the same; what was typed stays where it is."""
    dialogue, now = sheet.dialogue, sheet.now
    typed = sheet.fields | {"topic": sheet.words.topic}
    if (elsewhere := similar.agree(dialogue, idea_id, typed, now)) is not None:
        return elsewhere
    if request.headers.get("X-Fragment") == "similar":
        rows = similar.rows_for(dialogue, sheet.words.title, now)
        return render_template("participation/similar_fragment.html", similar=rows)
    flash(_("Your Agree is counted."), "success")
    if request.form.get("shown") != "preview":
        return sheet.form_page()
    try:
        checked = sheet.check()
    except FieldErrors as problem:
        return sheet.form_page(problem.errors), 422
    return sheet.preview_page(checked)
