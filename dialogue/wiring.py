"""Every event and the tasks it sets off, and every table that leads to a person.

Tasks stand here by name only, so that a web process never loads the worker's side; a test proves
that each name exists. Another test compares the tables with the schema.
"""

from __future__ import annotations

from dialogue.accounts import personal as accounts
from dialogue.accounts.events import CopyRequested, DepartureBegun
from dialogue.kernel.mail import MailQueued
from dialogue.kernel.personal import Held
from dialogue.moderation import personal as moderation
from dialogue.moderation.events import (
    DecisionMade,
    DecisionUndone,
    ItemHandedOver,
    StepLifted,
    StepTaken,
)
from dialogue.notifications import personal as notifications
from dialogue.participation import personal as participation
from dialogue.participation.events import (
    ContributionDisowned,
    ContributionFlagged,
    ContributionPublished,
    ContributionRedacted,
    ContributionUnlisted,
    ConversationImported,
    FlagsDecided,
    FlagsReopened,
    IdeaMoved,
    IdeasMerged,
    IdeaSplit,
    IdeasUnmerged,
    RedactionUndone,
    RevisionSubmitted,
    WordsTakenBack,
)
from dialogue.reports import personal as reports
from dialogue.reports.events import (
    PartsLaidOut,
    ReportChanged,
    ReportFinished,
    ReportPublished,
    ReportRequested,
)

REACTIONS: dict[type, tuple[str, ...]] = {
    CopyRequested: ("accounts.make_copy",),
    DepartureBegun: ("accounts.erase",),
    MailQueued: ("jobs.send_mail",),
    RevisionSubmitted: ("moderation.screen", "notifications.follow_own"),
    ContributionPublished: ("participation.renew_neighbours", "notifications.tell_published"),
    ContributionUnlisted: (
        "participation.renew_neighbours",
        "notifications.put_away",
        "reports.renew_quoting",
    ),
    WordsTakenBack: ("moderation.forget_words",),
    ContributionRedacted: (
        "participation.renew_neighbours",
        "moderation.outline",
        "reports.renew_quoting",
        "search.forget_traces",
    ),
    RedactionUndone: ("participation.renew_neighbours",),
    IdeasMerged: ("notifications.tell_merged",),
    IdeasUnmerged: ("notifications.forget_merge",),
    IdeaSplit: (),
    IdeaMoved: (),
    ConversationImported: ("participation.add_words",),
    ContributionFlagged: ("moderation.raise_flagged",),
    FlagsDecided: ("notifications.tell_flaggers",),
    FlagsReopened: ("notifications.forget_answers",),
    ContributionDisowned: ("moderation.raise_disowned",),
    ItemHandedOver: ("moderation.tell_hand_over",),
    DecisionMade: ("notifications.tell_decision", "moderation.tell_safety_lead"),
    DecisionUndone: ("notifications.take_back",),
    StepTaken: ("notifications.tell_step",),
    StepLifted: ("notifications.tell_step",),
    ReportRequested: ("reports.build",),
    PartsLaidOut: ("reports.help_out",),
    ReportFinished: ("notifications.tell_report", "reports.renew"),
    ReportChanged: ("reports.renew",),
    ReportPublished: ("notifications.tell_moments",),
}

_STAFF = "Names staff by a number alone, which nobody stands behind once the account is erased."
_PUBLIC_WORDS = "Holds public words; they leave it in the transaction that takes them from sight."

# What is held about a person, by table (kernel/personal.py). Erased from top to bottom: what is
# found by a row stands above it.
PERSONAL_DATA: dict[str, Held] = {
    "account_session": Held(accounts.sessions, accounts.erase_sessions),
    "intent": Held(accounts.kept_acts, accounts.erase_kept_acts),
    "account_hint": Held(accounts.hints, accounts.erase_hints),
    "address_change": Held(accounts.address_changes, accounts.erase_address_changes),
    "data_copy": Held(accounts.copies, accounts.erase_copies),
    "departure": Held(why="The certificate that somebody left; it does not tell who."),
    "mail_code": Held(accounts.codes, accounts.erase_codes),
    "mail_message": Held(accounts.mails, accounts.erase_mails),
    "mail_quotation": Held(why="Numbers of mails and of what they quote; it goes with the mail."),
    "notice": Held(notifications.notices, notifications.erase_notices),
    "subscription": Held(notifications.follows, notifications.erase_follows),
    "mail_choice": Held(notifications.choices, notifications.erase_choices),
    "opening_request": Held(notifications.openings, notifications.erase_openings),
    "form_key": Held(accounts.sent_forms, accounts.erase_sent_forms),
    "draft": Held(participation.drafts, participation.erase_drafts),
    "revision": Held(
        participation.wordings, why="Emptied with the contribution that they are wordings of."
    ),
    "sealed_text": Held(
        erase=participation.erase_sealed_texts,
        why="What moderators hid, encrypted, gone on a set day; the person wrote it and knows it.",
    ),
    "contribution": Held(participation.contributions, participation.erase_contributions),
    "moderation_decision": Held(moderation.decisions, moderation.erase_notes),
    "queue_item": Held(
        erase=moderation.close_items,
        why="How far moderators are; what they decided is handed out with their decisions.",
    ),
    "text_print": Held(
        erase=moderation.forget_prints, why="Numbers made of words, which cannot be read back."
    ),
    "text_outline": Held(why="Goes with the numbers that it counts."),
    "watch_entry": Held(why=_STAFF),
    "appeal": Held(
        moderation.appeals, moderation.erase_appeals, why="That it was asked is part of the record."
    ),
    "restriction": Held(
        participation.steps, participation.erase_step_notes, why="It is part of the record."
    ),
    "hand_over": Held(
        erase=moderation.erase_hand_overs,
        why="What moderators say to each other about a text is not handed out; it goes with it.",
    ),
    "mention": Held(why=_STAFF),
    "decision_batch": Held(why=_STAFF),
    "vote": Held(
        participation.votes, why="Counts stay true; nobody stands behind the participant any more."
    ),
    "vote_wording": Held(why="Which wording a vote is about; it stays with the vote."),
    "helpful": Held(participation.helpful, why="As a vote: the count stays true."),
    "lineage": Held(why="Which idea came from which; it names nobody."),
    "flag": Held(participation.flags, participation.erase_flags),
    "disown": Held(why="Digests of mailed links and what became of them: no words, no address."),
    "idea_word": Held(why=_PUBLIC_WORDS),
    "polis_statement": Held(why="Words from elsewhere, of participants without an account."),
    "taken_name": Held(accounts.names, accounts.erase_names),
    "attempt": Held(why="Keyed hashes for limits, which cannot be read back; gone in 7 days."),
    "dialogue": Held(why=_STAFF),
    "extension": Held(why=_STAFF),
    "moderation_policy": Held(why=_STAFF),
    "pause": Held(why=_STAFF),
    "report": Held(why=_STAFF),
    "report_draft": Held(why=_STAFF),
    "report_edit": Held(
        reports.edits, why="A report says who changed what in it; it is the agency's act."
    ),
    "report_part": Held(why="Digests of public words at work; rows and files go with the end."),
    "report_quotation": Held(why="Numbers of what a report quotes; its next edition lets them go."),
    "report_schedule": Held(why=_STAFF),
    "role_grant": Held(accounts.roles, accounts.end_roles),
    "audit_entry": Held(accounts.acts_of_staff, why=_STAFF),
    "audit_note": Held(
        erase=moderation.erase_audit_notes,
        why="What staff noted about their own acts; it goes with the words that it may repeat.",
    ),
    "participant": Held(participation.participants, participation.erase_participants),
    "user_account": Held(accounts.account, accounts.erase_account),
}
