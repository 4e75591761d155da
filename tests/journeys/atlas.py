"""An example address for every route that answers GET, and who sees it how.

A new route without an example fails the checks of all pages, so that none escapes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Select, select

from dialogue.accounts.models import User
from dialogue.kernel.db import db, transaction
from dialogue.kernel.links import ExternalLink
from dialogue.moderation.models import Appeal, QueueItem
from dialogue.notifications.commands import choosing
from dialogue.participation.lifecycle import State
from dialogue.participation.models import Contribution, Kind, Participant, Restriction
from dialogue.reports.models import Report
from tests.journeys.world import HOME, SLUG, World

# Routes that answer with something else than a page, or that lead on to one that stands here.
NOT_PAGES = frozenset(
    {
        "static",
        "health.healthz",
        "health.readyz",
        "health.metrics",
        "pages.robots",
        "pages.security_txt",
        "reports.document_schema",
        "reports.download",
        "feeds.dialogue",
        "feeds.idea",
        "feeds.calendar",
        "my_data.download",
        "record.file",
        "ideas_csv.download",
        "drafts.download",
    }
)
LEADING_ON = frozenset(
    {
        "dialogue_home.canonical",
        "permalinks.comment",
        "moderation.home",
        "moderation.decide_again",
        "moderation.undo_again",
        "batches.look_again",
        "batches.undo_again",
        "care.again",
        "texts.decide_again",
        "texts.undo_again",
        "hiding.of_item",
        "lineage.merge_item",
        "lineage.split_item",
        "people.index",
        "accounts.kept_words",
        "my_data.delete_code",
    }
)


@dataclass(frozen=True)
class Place:
    """A page: its address, and the roles that see it differently from those before them."""

    path: str
    roles: tuple[str, ...] = ("visitor",)


@cache
def places(world: World) -> dict[str, list[Place]]:
    """Examples by endpoint; the first of each is its plainest."""
    seen = _Seen(world)
    both, author = ("visitor", "participant"), ("participant",)
    moderators, officers = ("moderator",), ("officer",)
    idea = f"{HOME}/ideas/{seen.discussed.id}-{seen.discussed.slug}"
    hand = f"/agency/d/{SLUG}/reports/{seen.draft_report}"
    return {
        "home.index": [Place("/", both)],
        "home.dialogues": [Place("/d/")],
        "dialogue_home.show": [
            Place(HOME, both),
            Place(f"{HOME}?sort=discussed&topic=languages", author),
            Place(f"{HOME}?q=radio"),
            Place(f"{HOME}?q=zeppelin"),
        ],
        "dialogue_home.about": [Place(f"{HOME}/about")],
        "idea_page.show": [
            Place(idea, both),
            Place(f"{idea}?comments=newest&reply={seen.comment.id}"),
            Place(f"{HOME}/ideas/{seen.rejected.id}", author),
        ],
        "history.idea": [Place(f"{idea}/history")],
        "history.comment": [Place(f"{HOME}/comments/{seen.comment.id}/history")],
        "receipts.show": [Place("/receipt")],
        "receipts.mine": [Place(f"/me/receipts/{seen.own_idea}", author)],
        "ideas.new": [Place(f"{HOME}/ideas/new", both)],
        "ideas.edit": [Place(f"{HOME}/ideas/{seen.own_idea}/edit", author)],
        "withdrawing.idea": [Place(f"{HOME}/ideas/{seen.own_idea}/withdraw", author)],
        "comments.edit": [Place(f"{HOME}/comments/{seen.own_comment}/edit", author)],
        "withdrawing.comment": [Place(f"{HOME}/comments/{seen.own_comment}/withdraw", author)],
        "similar.show": [Place(f"{HOME}/ideas/similar?q=Print+the+hotline+number", both)],
        "votes.show": [Place(f"{HOME}/ideas/{seen.discussed.id}/vote", both)],
        "drafts.index": [Place("/me/drafts", author)],
        "drafts.go_on": [Place(f"/me/drafts/{seen.draft}", author)],
        "following.dialogue": [Place(f"{HOME}/follow", both)],
        "following.topic": [Place(f"{HOME}/topics/languages/follow", both)],
        "following.idea": [Place(f"{HOME}/ideas/{seen.discussed.id}/follow", both)],
        "notices.mine": [Place("/me/notices", author)],
        "emails.show": [Place("/me/emails", author)],
        "emails.stop": [Place(f"/e/{seen.mail_token}-c")],
        "openings.show": [
            Place(f"/d/{seen.announced}/opening"),
            Place(f"/d/{seen.announced}/opening?asked=1"),
            Place(f"/d/{seen.announced}"),
        ],
        "activity.me": [Place("/me", ("participant", "moderator"))],
        "my_votes.show": [Place("/me/votes", author)],
        "my_flags.show": [Place("/me/reported", author)],
        "flags.show": [
            Place(f"{HOME}/ideas/{seen.discussed.id}/flag", both),
            Place(f"{HOME}/comments/{seen.comment.id}/flag"),
        ],
        "disown.show": [Place("/disown"), Place("/disown?sent=1")],
        "disown.link": [Place(seen.disown_link)],
        "one_by_one.show": [
            Place(f"{HOME}/one-by-one", both),
            Place(f"{HOME}/one-by-one?done=10", author),
        ],
        "my_name.index": [Place("/me/name", ("participant", "moderator"))],
        "my_name.edit": [Place(f"/me/name/{SLUG}", author)],
        "my_data.show": [Place("/me/data", author)],
        "my_data.delete": [Place("/me/data/delete", author)],
        "departures.show": [Place(f"/account/deleted/{seen.departure}")],
        "my_account.show": [Place("/me/account", author)],
        "my_account.address": [Place("/me/account/address", author)],
        "my_account.address_code": [Place("/me/account/address/code", author)],
        "my_account.password": [Place("/me/account/password", author)],
        "my_proof.show": [Place("/me/confirm?next=/me", author)],
        "my_proof.code": [Place("/me/confirm/code?next=/me", author)],
        "my_sessions.show": [Place("/me/sessions", author)],
        "addresses.confirm": [Place(seen.address_link)],
        "addresses.undo": [Place(seen.address_undo_link)],
        "accounts.create": [Place("/account/create")],
        "accounts.confirm": [Place("/account/confirm")],
        "accounts.sign_in": [Place("/account/sign-in?next=/me")],
        "accounts.sign_in_code": [Place("/account/sign-in/code")],
        "accounts.link": [Place(seen.mailed_link)],
        "search_results.show": [
            Place("/search"),
            Place("/search?q=hotline"),
            Place(f"/search?q=radio+-tv&dialogue={SLUG}&topic=languages&kind=idea&state=open"),
            Place("/search?q=zeppelin&kind=comment"),
        ],
        "pages.help_page": [Place("/help")],
        "pages.safety": [Place("/safety")],
        "pages.policy_comments": [Place("/policy/comments")],
        "pages.policy_privacy": [Place("/policy/privacy")],
        "pages.policy_accessibility": [Place("/policy/accessibility")],
        "pages.leaving": [Place(f"/leaving?to={seen.link}")],
        "reports.index": [Place(f"{HOME}/reports/", ("visitor", "officer"))],
        "reports.show": [
            Place(f"{HOME}/reports/1", ("visitor", "officer")),
            Place(f"{HOME}/reports/{seen.draft_report}", officers),
        ],
        "reports.changes": [
            Place(f"{HOME}/reports/1/changes"),
            Place(f"{HOME}/reports/{seen.draft_report}/changes", officers),
        ],
        "reports_hand.edit": [Place(f"{hand}/edit", officers)],
        "reports_hand.quotations": [
            Place(f"{hand}/edit/quotations?target=topic:languages", officers),
            Place(f"{hand}/edit/quotations?target=topic:languages&q=zeppelin", officers),
        ],
        "reports_hand.split": [Place(f"{hand}/edit/split?target=topic:languages", officers)],
        "reports_manage.new": [Place(f"/agency/d/{SLUG}/reports/new", officers)],
        "reports_manage.job": [Place(f"/agency/jobs/{seen.report}", officers)],
        "agency.index": [Place("/agency/", ("officer", "admin"))],
        "agency.dashboard": [Place(f"/agency/d/{SLUG}", officers)],
        "agency.moderation": [Place(f"/agency/d/{SLUG}/moderation", officers)],
        "agency.edit": [Place(f"/agency/d/{SLUG}/edit", officers)],
        "agency.new": [Place("/agency/d/new", officers)],
        "moderation.queue": [
            Place("/mod/queue", ("moderator", "admin")),
            Place("/mod/queue?lane=decided", moderators),
            Place("/mod/queue?lane=edited", moderators),
        ],
        "batches.show": [Place(f"/mod/batches/{seen.batch}", moderators)],
        "care.mentions": [Place("/mod/notes", moderators)],
        "care.notes": [Place(f"/mod/items/{seen.item}/notes", moderators)],
        "moderation.item": [Place(f"/mod/items/{seen.item}", moderators)],
        "appeals.show": [Place(f"/mod/items/{seen.appeal}/appeal", moderators)],
        "second_look.about_decision": [Place(f"/me/second-look/{seen.refusal}", author)],
        "second_look.about_step": [Place(f"/me/steps/{seen.step}/second-look", author)],
        "moderation_log.show": [Place("/mod/log"), Place(f"/mod/log?dialogue={SLUG}")],
        "record.show": [Place("/mod/audit", ("moderator", "officer", "admin"))],
        "authors.show": [Place(f"/mod/items/{seen.item}/author", moderators)],
        "steps.show": [Place("/me/steps", author)],
        "texts.show": [
            Place(f"/mod/contributions/{seen.discussed.id}", moderators),
            Place(f"/mod/contributions/{seen.comment.id}", moderators),
        ],
        "texts.original": [
            Place(f"/mod/contributions/{seen.with_hidden_words}/original", ("admin",))
        ],
        "hiding.show": [Place(f"/mod/contributions/{seen.comment.id}/redact", moderators)],
        "lineage.merge": [
            Place(
                f"/mod/contributions/{seen.discussed.id}/merge?into={seen.another.id}", moderators
            )
        ],
        "lineage.split": [Place(f"/mod/contributions/{seen.discussed.id}/split", moderators)],
        "watch_lists.show": [Place("/mod/watch", ("moderator", "admin"))],
        "people.show": [Place("/admin/people", ("admin",))],
        "people.person": [Place(f"/admin/people/{seen.person}", ("admin",))],
    }


def places_of(world: World, role: str) -> list[str]:
    """The addresses that a role sees in its own way."""
    return [
        place.path for found in places(world).values() for place in found if role in place.roles
    ]


class _Seen:
    """Rows of the demonstration that addresses name."""

    def __init__(self, world: World) -> None:
        email, _password = world.sign_ins["participant"]
        self.draft = world.save_draft("participant", world.new_title("Begun and not sent"))
        self.discussed = max(world.ideas(), key=lambda idea: idea.comments)
        self.own_idea = world.post_idea("participant", world.new_title("Ask the bus drivers"))
        self.departure = world.departure()
        self.batch = world.batch(self.own_idea)
        self.address_link, self.address_undo_link = world.address_links()
        words = world.new_title("The drivers of the night buses know")
        self.own_comment = world.post_comment("participant", self.discussed, words)
        self.another = min(world.ideas(), key=lambda idea: idea.comments)
        number = world.post_comment("participant", self.discussed, "Call me: (202) 555-0177")
        self.with_hidden_words = world.hide_words(number, "555-0177")
        self.mailed_link = world.mailed_link()
        self.disown_link = world.disown_link(self.own_idea, email)
        self.announced = world.announced_dialogue()
        self.draft_report = world.draft_report()
        mine = select(Contribution).join(Participant, Participant.id == Contribution.participant_id)
        mine = mine.join(User, User.id == Participant.user_id).where(User.email == email)
        with world.app.app_context():
            self.rejected = _first(
                mine.where(Contribution.state == State.REJECTED, Contribution.kind == Kind.IDEA)
            )
            self.comment = _first(
                select(Contribution).where(
                    Contribution.idea_id == self.discussed.id, Contribution.listed
                )
            )
            self.item = _first(select(QueueItem)).id
            appeal = _first(select(Appeal))
            self.appeal, self.refusal = appeal.item_id, appeal.decision_id
            self.step = _first(select(Restriction)).id
            self.report = _first(select(Report)).id
            self.link = _first(select(ExternalLink)).id
            self.person = _first(select(User).where(User.email == email)).id
        with world.app.app_context(), transaction():
            self.mail_token = choosing.token_of(self.person)


def _first(statement: Select[tuple[Any]]) -> Any:
    found = db.session.scalars(statement.limit(1)).first()
    assert found is not None, f"the demonstration has none of: {statement}"
    return found
