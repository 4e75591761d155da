"""One idea with its comments; before publication, what only its author sees."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, g, redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from dialogue.accounts.access import public
from dialogue.dialogues import contacts, schedule
from dialogue.dialogues.models import Dialogue
from dialogue.dialogues.queries import dialogue_for
from dialogue.dialogues.wording import target_sentence
from dialogue.kernel import clock, forms, text
from dialogue.kernel.errors import Gone, NotFound
from dialogue.kernel.routing import number
from dialogue.moderation.queries.outcomes import TOLD_STATES, reason_given
from dialogue.moderation.queries.safety import is_with_lead
from dialogue.notifications.queries.following import (
    followers_of_the_idea,
    reader_follows_the_idea,
)
from dialogue.participation import addresses, eligibility, policies
from dialogue.participation.appearing import Appearing, appearing_as
from dialogue.participation.drafts import Pen
from dialogue.participation.eligibility import Eligibility
from dialogue.participation.lifecycle import State
from dialogue.participation.models import Contribution, Kind, Participant
from dialogue.participation.queries import conversation, families, ideas, keeping, threads
from dialogue.participation.queries.conversation import CommentRow
from dialogue.participation.queries.visibility import may_be_read
from dialogue.participation.queries.voters import voter
from dialogue.participation.tally import Tally
from dialogue.site import idea_lineage
from dialogue.site.conversation import Conversation, conversation_of
from dialogue.site.idea_lineage import Became
from dialogue.site.view_models import dialogue_view, may_keep_copy
from dialogue.site.withdrawn import withdrawn_page

blueprint = Blueprint("idea_page", __name__, url_prefix="/d/<slug>/ideas")

_REFERENCE = re.compile(r"([0-9]{1,9})(?:-.*)?")


@blueprint.get("/<reference>")
@public
def show(slug: str, reference: str) -> Any:
    """Show an idea to those who may see it; an old or shortened address leads to the right one."""
    now = clock.now()
    dialogue = dialogue_for(slug, current_user, now)
    g.zone = dialogue.time_zone
    match = _REFERENCE.fullmatch(reference)
    reader = current_user.id if current_user.is_authenticated else None
    # Who follows it, and what became of it, is read with the idea itself.
    columns = (followers_of_the_idea(), reader_follows_the_idea(), *idea_lineage.columns())
    number_asked = int(match[1]) if match else 0
    found = ideas.idea_with(dialogue.id, number_asked, *columns, reader=reader)
    if found is None:
        raise NotFound("")
    idea, *follow, members, part_of = found
    who = voter(dialogue.id, reader, now)
    me = who.participant
    mine = me is not None and idea.participant_id == me.id
    # What was never public was never there.
    if idea.state == State.WITHDRAWN and (mine or idea.published_revision_id is not None):
        if (rest := withdrawn_page(dialogue, idea, me, now)) is not None:
            return rest, 410
        raise Gone(_("This idea was withdrawn by its author."), idea_lineage.other_ideas(dialogue))
    if idea.state == State.MERGED:
        return redirect(idea_lineage.where_it_lives_on(dialogue, idea), 301)
    readable = may_be_read(idea)
    if not readable and not mine:
        was_public = idea.published_revision_id is not None
        if idea.state == State.HIDDEN and was_public:
            raise idea_lineage.hidden(dialogue, idea, now)
        raise NotFound("")
    url = addresses.idea_url(slug, idea.id, idea.slug)
    if readable and request.path != url:
        query = f"?{request.query_string.decode()}" if request.query_string else ""
        return redirect(url + query, 301)
    may_keep_copy(dialogue, now)
    standing = eligibility.of_voter(
        dialogue, now, barred_until=who.barred_until, locked=idea.locked_at is not None
    )
    merged = families.as_ids(members)
    became = idea_lineage.became(dialogue, idea, merged, part_of, now)
    return _page(dialogue, idea, merged, became, me, standing, url, now, follow)


def _page(
    dialogue: Dialogue,
    idea: Contribution,
    merged: Sequence[int],
    became: Became,
    me: Participant | None,
    standing: Eligibility,
    url: str,
    now: datetime,
    follow: Sequence[Any],
) -> str:
    reply_to = _reply_to([idea.id, *merged])
    pen = Pen.new()
    may_comment = policies.takes_comments(idea) and policies.may_write(dialogue, Kind.COMMENT, now)
    talk = conversation_of(dialogue, idea, merged, me, url, now)
    return render_template(
        "site/idea.html",
        help_lines=_help_lines(dialogue, idea, me, talk),
        dialogue=dialogue_view(dialogue, now),
        idea=_idea(dialogue, idea, merged, me, standing, url, now),
        became=became,
        follow={"followers": follow[0], "follows": follow[1]},
        conversation=talk,
        may_comment=may_comment,
        comment_limit=dialogue.comment_limit,
        form={"body": ""},
        errors={},
        reply_to={"id": reply_to.id, "author": reply_to.author} if reply_to else None,
        # Signed out, a form leads to an intent, which is carried out once: it needs no key.
        form_key=forms.new_form_key() if current_user.is_authenticated else "",
        opened=pen.opened,
        draft=pen.next_save if current_user.is_authenticated else "",
        appearing=appearing_as(dialogue, me)
        if current_user.is_authenticated and may_comment
        else Appearing(),
    )


def _help_lines(
    dialogue: Dialogue, idea: Contribution, me: Participant | None, talk: Conversation
) -> list[contacts.Line]:
    """Return the helplines for an author whose words here wait for the safety lead."""
    waits = [one["id"] for one in talk.own if one["state"] == State.PENDING]
    if me is not None and idea.participant_id == me.id and idea.state == State.PENDING:
        waits.append(idea.id)
    return contacts.helplines(dialogue) if is_with_lead(waits) else []


def _idea(
    dialogue: Dialogue,
    idea: Contribution,
    merged: Sequence[int],
    me: Participant | None,
    standing: Eligibility,
    url: str,
    now: datetime,
) -> dict[str, Any]:
    mine = policies.is_author(me.id if me else None, idea)
    vote = keeping.vote_on([idea.id, *merged], me.id if me else None)
    choice = vote.choice if vote else None
    wording = threads.newest_wording(idea.id) if mine and not idea.listed else None
    seen = idea.listed and schedule.sees_results(dialogue, choice, now)
    names = {topic.id: topic.name() for topic in dialogue.topics}
    me_id = me.id if me else None
    own = f"/d/{dialogue.slug}/ideas/{idea.id}"
    return {
        "id": idea.id,
        "url": url,
        "follow_url": f"{own}/follow",
        "title": wording.title if wording else idea.title,
        "html": text.stored(wording.html if wording else idea.fragment),
        "topic": names.get(idea.topic_id or 0),
        "author": idea.participant.public_name,
        "mine": mine,
        "state": idea.state,
        "submitted_at": idea.created_at,
        "published_at": idea.published_at if may_be_read(idea) else None,
        "edited_at": idea.edited_at if may_be_read(idea) else None,
        "lang": idea.language,
        "comment_count": idea.comments,
        "my_choice": choice,
        "asked_about": vote.asked_about if vote and standing.may else None,
        "results": Tally(idea.agree, idea.disagree, idea.passed).shown() if seen else None,
        "may_vote": policies.takes_votes(idea) and standing.may,
        "standing": standing,
        "edit_url": f"{own}/edit" if policies.may_edit(me_id, idea, dialogue, now) else None,
        "withdraw_url": f"{own}/withdraw" if policies.may_withdraw(me_id, idea) else None,
        # Of words hidden in what everybody reads, the placeholders tell, and one's activity page.
        "reason": reason_given(idea.id, now)
        if mine and idea.state in TOLD_STATES and not idea.listed
        else None,
        "waiting": target_sentence(dialogue) if idea.state == State.PENDING else "",
        "tracking": idea.tracking if mine else "",
        "edit_waiting": mine and idea.listed and threads.has_waiting_edit(idea.id),
    }


def _reply_to(idea_ids: Sequence[int]) -> CommentRow | None:
    asked = number(request.args.get("reply", ""))
    return conversation.listed_comment(idea_ids, asked) if asked is not None else None
