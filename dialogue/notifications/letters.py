"""The letters that tell people what became of their words, and what is new where they follow.

Links start with the configured address of the site, never with what a request says. In a dialogue
on a sensitive matter a letter says nothing that a stranger looking over a shoulder may learn from:
a neutral subject, no text, no name of dialogue or office (addresses carry names too), no helpline.
Words of the public never stand in a subject: subjects are kept longer than texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_babel import force_locale, format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from dialogue.dialogues.models import Dialogue, ModerationReason
from dialogue.moderation.models import ModerationDecision, Outcome
from dialogue.moderation.queries.outcomes import may_ask_until, still_stands
from dialogue.notifications.models import Kind
from dialogue.participation.addresses import comment_url, dialogue_url, idea_url
from dialogue.participation.lifecycle import State
from dialogue.participation.models import Contribution, Revision
from dialogue.participation.models import Kind as Written
from dialogue.reports.models import Report, ReportState


@dataclass(frozen=True)
class Letter:
    """Subject and text of a mail, whose words it quotes, and the text without them."""

    subject: str
    text: str
    quotes: tuple[str, ...] = ()
    without_words: str = ""


@dataclass(frozen=True)
class Said:
    """What a decision tells an author: a short form for subjects and lists, a sentence for letters
    (about `%(dialogue)s`), each for an idea and for a comment; and what comes with it."""

    idea: str
    comment: str
    idea_letter: str
    comment_letter: str
    why: bool = True  # the reason and the moderator's sentence
    words: bool = False  # what the author wrote is given back
    hint: str = ""  # what they can do now


# Every outcome that an author is told of. One that does not stand here is told to nobody.
DECISIONS: dict[str, Said] = {
    "approved": Said(
        idea=_l("Your idea is published"),
        comment=_l("Your comment is published"),
        idea_letter=_l(
            "Your idea in “%(dialogue)s” is published. Everybody can read it, and participants"
            " can vote and comment."
        ),
        comment_letter=_l("Your comment in “%(dialogue)s” is published. Everybody can read it."),
        why=False,
    ),
    "rejected": Said(
        idea=_l("Your idea was not published"),
        comment=_l("Your comment was not published"),
        idea_letter=_l("A moderator read your idea for “%(dialogue)s” and did not publish it."),
        comment_letter=_l(
            "A moderator read your comment for “%(dialogue)s” and did not publish it."
        ),
        words=True,
    ),
    "returned": Said(
        idea=_l("Your idea came back to you"),
        comment=_l("Your comment came back to you"),
        idea_letter=_l(
            "A moderator read your idea for “%(dialogue)s” and asks you to change something."
            " Then it can be published."
        ),
        comment_letter=_l(
            "A moderator read your comment for “%(dialogue)s” and asks you to change something."
            " Then it can be published."
        ),
        words=True,
    ),
    "off_topic": Said(
        idea=_l("Your idea is marked as off topic"),
        comment=_l("Your comment is marked as off topic"),
        idea_letter=_l(
            "A moderator marked your idea in “%(dialogue)s” as off topic. It can be read at its"
            " address, but it stands in no list."
        ),
        comment_letter=_l(
            "A moderator marked your comment in “%(dialogue)s” as off topic. It can be read at its"
            " address, but it stands in no list."
        ),
    ),
    "binned": Said(
        idea=_l("Your idea is in the bin"),
        comment=_l("Your comment is in the bin"),
        idea_letter=_l("A moderator put your idea for “%(dialogue)s” in the bin."),
        comment_letter=_l("A moderator put your comment for “%(dialogue)s” in the bin."),
    ),
    "hidden": Said(
        idea=_l("Your idea is hidden"),
        comment=_l("Your comment is hidden"),
        idea_letter=_l(
            "A moderator hid your idea in “%(dialogue)s”. The public cannot read it now."
        ),
        comment_letter=_l(
            "A moderator hid your comment in “%(dialogue)s”. The public cannot read it now."
        ),
    ),
    "restored": Said(
        idea=_l("Your idea is back"),
        comment=_l("Your comment is back"),
        idea_letter=_l("Your idea in “%(dialogue)s” can be read again, as it was."),
        comment_letter=_l("Your comment in “%(dialogue)s” can be read again, as it was."),
        why=False,
    ),
    "redacted": Said(
        idea=_l("Part of your idea is hidden"),
        comment=_l("Part of your comment is hidden"),
        idea_letter=_l(
            "A moderator hid words in your idea in “%(dialogue)s”. In their place everybody reads"
            " why; the rest is as you wrote it."
        ),
        comment_letter=_l(
            "A moderator hid words in your comment in “%(dialogue)s”. In their place everybody"
            " reads why; the rest is as you wrote it."
        ),
    ),
    "merged": Said(
        idea=_l("Your idea counts with another one"),
        comment=_l("Your comment counts with another one"),
        idea_letter=_l(
            "Your idea in “%(dialogue)s” says the same as another one, and both are one idea now."
            " Its votes and comments count there, and you are named as co-author."
        ),
        comment_letter=_l(
            "Your comment in “%(dialogue)s” says the same as another one, and both count as one."
        ),
        why=False,
    ),
    "unmerged": Said(
        idea=_l("Your idea stands by itself again"),
        comment=_l("Your comment stands by itself again"),
        idea_letter=_l(
            "Your idea in “%(dialogue)s” stands by itself again, with its own votes and comments."
        ),
        comment_letter=_l("Your comment in “%(dialogue)s” stands by itself again."),
        why=False,
    ),
    "split": Said(
        idea=_l("Your idea is now several"),
        comment=_l("Your comment is now several"),
        idea_letter=_l(
            "A moderator made several ideas of your idea in “%(dialogue)s”, so that people can"
            " vote on each. Your words are as you wrote them."
        ),
        comment_letter=_l(
            "A moderator made several of your comment in “%(dialogue)s”. Your words are as you"
            " wrote them."
        ),
        why=False,
    ),
    "moved": Said(
        idea=_l("Your idea has another topic"),
        comment=_l("Your comment was moved"),
        idea_letter=_l("A moderator moved your idea in “%(dialogue)s” to another topic."),
        comment_letter=_l("A moderator moved your comment in “%(dialogue)s”."),
        why=False,
    ),
    "comments_closed": Said(
        idea=_l("Comments on your idea are closed"),
        comment=_l("Replies to your comment are closed"),
        idea_letter=_l("A moderator closed the comments on your idea in “%(dialogue)s”."),
        comment_letter=_l("A moderator closed the replies to your comment in “%(dialogue)s”."),
    ),
    "disowned_removed": Said(
        idea=_l("Your idea was taken down"),
        comment=_l("Your comment was taken down"),
        idea_letter=_l(
            "An idea in “%(dialogue)s” under your address was taken down: its owner says that"
            " they did not write it."
        ),
        comment_letter=_l(
            "A comment in “%(dialogue)s” under your address was taken down: its owner says that"
            " they did not write it."
        ),
        why=False,
    ),
    "appeal_granted": Said(
        idea=_l("The second look at your idea: you were right"),
        comment=_l("The second look at your comment: you were right"),
        idea_letter=_l(
            "Another moderator looked at the decision about your idea in “%(dialogue)s” again and"
            " changed it."
        ),
        comment_letter=_l(
            "Another moderator looked at the decision about your comment in “%(dialogue)s” again"
            " and changed it."
        ),
    ),
    "appeal_refused": Said(
        idea=_l("The second look at your idea: the decision stands"),
        comment=_l("The second look at your comment: the decision stands"),
        idea_letter=_l(
            "Another moderator looked at the decision about your idea in “%(dialogue)s” again."
            " It stands."
        ),
        comment_letter=_l(
            "Another moderator looked at the decision about your comment in “%(dialogue)s” again."
            " It stands."
        ),
    ),
}


def decision(
    made: ModerationDecision,
    *,
    contribution: Contribution,
    revision: Revision,
    dialogue: Dialogue,
    reason: ModerationReason | None,
    language: str,
    stop: str,
) -> Letter:
    """Tell an author what was decided, why, what they wrote, and what they can do now."""
    said, is_idea = DECISIONS[made.outcome], contribution.kind == Written.IDEA
    with force_locale(language):
        if dialogue.sensitive:
            return quiet(stop)
        name = dialogue.text(language).short_name
        subject = f"[{name}] {said.idea if is_idea else said.comment}"
        sentence = str(said.idea_letter if is_idea else said.comment_letter)
        values: dict[str, Any] = {
            "sentence": (_of_answer(made) or sentence) % {"dialogue": name},
            "label": reason.label(language) if reason and said.why else "",
            "explained": reason.sentence(language) if reason and said.why else "",
            "note": made.note if said.why else "",
            "hint": _hint(made, contribution) or str(said.hint),
            "is_seen_by_author_only": contribution.state in _SEEN_BY_AUTHOR,
            "link": absolute(_address_of(contribution, dialogue)),
            "tracking": contribution.tracking,
            "receipt": absolute("/receipt"),
            "stop": stop,
        }
        words: dict[str, Any] = {
            "title": revision.title if is_idea else "",
            "words": revision.source,
        }
        if not said.words:
            words["words"] = ""
        return Letter(
            subject,
            render("mail/decision.txt", **values, **words),
            quotes=(f"contribution:{contribution.id}",),
            without_words=render("mail/decision.txt", **values, title="", words=""),
        )


def _hint(made: ModerationDecision, contribution: Contribution) -> str:
    """Return what an author can do about a decision against their words, and until when."""
    if not still_stands(made, contribution.state, contribution.published_revision_id):
        return ""
    asked = _(
        "If you think this is wrong, ask for a second look until %(day)s, here:",
        day=format_date(may_ask_until(made.at), "long"),
    )
    asked += "\n" + absolute(f"/me/second-look/{made.id}")
    if contribution.state != State.REJECTED:
        return asked
    return _("You can edit it and send it again, once.") + "\n\n" + asked


def _of_answer(made: ModerationDecision) -> str:
    """Return what the answer to an appeal says where it is not another moderator's, or not about
    words; empty for every other decision."""
    granted = made.outcome == Outcome.APPEAL_GRANTED
    if made.facts.get("step"):
        if granted:
            return _("The moderators of “%(dialogue)s” looked at the step again and ended it.")
        return _("The moderators of “%(dialogue)s” looked at the step again. It stands.")
    if not made.facts.get("same"):
        return ""
    if granted:
        return _(
            "The moderator of “%(dialogue)s” looked at the decision again and changed it. It was"
            " the same one, because there is no other."
        )
    return _(
        "The moderator of “%(dialogue)s” looked at the decision again. It stands. It was the same"
        " one, because there is no other."
    )


def report(ended: Report, *, dialogue: Dialogue, language: str) -> Letter:
    """Tell an officer that the report they asked for has ended, well or not."""
    with force_locale(language):
        done = ended.state == ReportState.DONE
        name = "" if dialogue.sensitive else dialogue.text(language).short_name
        return Letter(
            _("Your report is ready") if done else _("Your report could not be made"),
            render(
                "mail/report.txt",
                is_quiet=dialogue.sensitive,
                is_done=done,
                dialogue=name,
                reason=ended.reason,
                reference=ended.reference,
                link=absolute(f"/agency/jobs/{ended.id}"),
            ),
        )


def opening_asked(token: str, *, dialogue: Dialogue, language: str) -> Letter:
    """Ask the owner of an address whether they want a mail when a dialogue opens."""
    return _opening("mail/opening_asked.txt", token, dialogue, language)


def opened(token: str, *, dialogue: Dialogue, language: str) -> Letter:
    """Tell the owner of an address that the dialogue is open."""
    return _opening("mail/opened.txt", token, dialogue, language)


def _opening(template: str, token: str, dialogue: Dialogue, language: str) -> Letter:
    with force_locale(language):
        name = "" if dialogue.sensitive else dialogue.text(language).short_name
        return Letter(
            neutral_subject(),
            render(
                template,
                is_quiet=dialogue.sensitive,
                dialogue=name,
                link=stop_url(token, None),
                page=absolute("/d/" if dialogue.sensitive else dialogue_url(dialogue.slug)),
            ),
        )


def quiet(stop: str) -> Letter:
    """Say that there is news, and nothing about it."""
    return Letter(
        neutral_subject(), render("mail/quiet.txt", is_quiet=True, link=absolute("/me"), stop=stop)
    )


def neutral_subject() -> str:
    """Return the subject that says nothing."""
    return _("Update from %(site)s", site=current_app.config["SITE_NAME"])


def stop_url(token: str, kind: Kind | None) -> str:
    """Return the page that stops mails of a kind (None: all), without signing in."""
    return absolute(f"/e/{token}" + (f"-{STOPS[kind]}" if kind else ""))


# One letter each: the address tells whoever sees it nothing.
STOPS = {Kind.REPLY: "a", Kind.DECISION: "b", Kind.NEWS: "c", Kind.DATES: "d"}


def stop_headers(token: str, kind: Kind | None) -> dict[str, str]:
    """Return the headers by which a mail program stops mails at one click (RFC 8058)."""
    return {
        "List-Unsubscribe": f"<{stop_url(token, kind)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


@dataclass(frozen=True)
class _Site:
    name: str
    office: str
    help_email: str
    helplines: Sequence[Any]


def render(template: str, *, is_quiet: bool = False, stop: str = "", **values: Any) -> str:
    """Return the text of a mail, with the frame that its kind of mail may have."""
    config = current_app.config
    site = _Site(
        name=config["SITE_NAME"],
        office="" if is_quiet else config["SITE_OFFICE"],
        help_email=config["SITE_CONTACT"],
        helplines=() if is_quiet else config["HELPLINES"],
    )
    found = current_app.jinja_env.get_template(template)
    return str(found.render(site=site, stop=stop, **values)).lstrip()


def absolute(path: str) -> str:
    """Return the address of a page of ours, as mails write it."""
    return f"{current_app.config['BASE_URL']}{path}"


_SEEN_BY_AUTHOR = frozenset({"pending", "returned", "rejected", "hidden"})


def _address_of(contribution: Contribution, dialogue: Dialogue) -> str:
    """Where an author sees it: what stands on no page of its own stands in their activity."""
    if contribution.state == "binned":
        return "/me"
    if contribution.kind == Written.IDEA:
        return idea_url(dialogue.slug, contribution.id, contribution.slug)
    return comment_url(contribution.id) if contribution.listed else "/me"
