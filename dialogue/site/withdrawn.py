"""What stays of an idea that its author has withdrawn: what others said and how they voted.

The author's own words go, but for the title where others voted on it: a vote is about a sentence.
"""

from __future__ import annotations

from datetime import datetime

from flask import render_template

from dialogue.dialogues import schedule
from dialogue.dialogues.models import Dialogue
from dialogue.kernel.db import db
from dialogue.participation import addresses
from dialogue.participation.models import Contribution, Participant, Revision
from dialogue.participation.queries import ideas
from dialogue.participation.queries.answers import has_votes_of_others
from dialogue.participation.tally import Tally
from dialogue.site.conversation import conversation_of
from dialogue.site.view_models import dialogue_view


def withdrawn_page(
    dialogue: Dialogue, idea: Contribution, me: Participant | None, now: datetime
) -> str | None:
    """Return the page under "Idea withdrawn by its author"; None when nobody has answered it."""
    voted = has_votes_of_others(idea)
    if not (voted or idea.comments):
        return None
    title = ""
    if voted and idea.published_revision_id is not None:
        title = db.session.get_one(Revision, idea.published_revision_id).title
    choice = ideas.choices_of(me.id if me else None, [idea.id]).get(idea.id)
    seen = voted and schedule.sees_results(dialogue, choice, now)
    url = addresses.idea_url(dialogue.slug, idea.id)
    return render_template(
        "site/withdrawn.html",
        dialogue=dialogue_view(dialogue, now),
        idea={
            "id": idea.id,
            "url": url,
            "title": title,
            "lang": idea.language,
            "comment_count": idea.comments,
            "results": Tally(idea.agree, idea.disagree, idea.passed).shown() if seen else None,
        },
        conversation=conversation_of(dialogue, idea, [], me, url, now, is_over=True),
    )
