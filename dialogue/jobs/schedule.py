"""All periodic work, on one page, and the modules that hold the tasks."""

from __future__ import annotations

from typing import Any

TASK_MODULES = (
    "dialogue.accounts.tasks",
    "dialogue.jobs.tasks",
    "dialogue.moderation.tasks",
    "dialogue.notifications.tasks",
    "dialogue.participation.tasks",
    "dialogue.reports.tasks",
    "dialogue.search.tasks",
)

SCHEDULE: dict[str, dict[str, Any]] = {
    # Says that the scheduler lives; /readyz looks at it.
    "heartbeat": {"task": "jobs.heartbeat", "schedule": 15.0},
    # Mails whose time has come (undo windows, retries); new ones are also sent at once.
    "send mail": {"task": "jobs.send_mail", "schedule": 15.0},
    # Notices whose time has come: replies after the undo window, summaries in the morning.
    "write mails": {"task": "notifications.write_mails", "schedule": 30.0},
    # Dialogues that open, close or report: their followers are told; changed dates are numbered.
    "tell moments": {"task": "notifications.tell_moments", "schedule": 60.0},
    # Addresses that were never confirmed, notices read long ago.
    "forget notices": {"task": "notifications.forget", "schedule": 3600.0},
    # Reports whose worker went silent.
    "sweep reports": {"task": "reports.sweep", "schedule": 30.0},
    # Reports that are made every week.
    "request weekly reports": {"task": "reports.request_weekly", "schedule": 300.0},
    # Reports that quote what is not public any more, or lack what a person changed in them.
    "sweep editions": {"task": "reports.sweep_editions", "schedule": 60.0},
    # Waiting contributions without a queue item (belt and braces for the outbox).
    "sweep queue": {"task": "moderation.sweep", "schedule": 60.0},
    # The index of very like texts, and what decisions teach about advertising.
    "outline texts": {"task": "moderation.outline", "schedule": 300.0},
    "learn from decisions": {"task": "moderation.learn", "schedule": 900.0},
    # What waits longer than its dialogue has promised: told once, and once more a step higher.
    "remind moderators": {"task": "moderation.remind", "schedule": 900.0},
    # The order of "fair mix" moves on.
    "renew mix": {"task": "participation.renew_mix", "schedule": 600.0},
    # Words of public ideas that have none (belt and braces), and which words stand for which.
    "add words": {"task": "participation.add_words", "schedule": 600.0},
    "renew neighbours": {"task": "participation.renew_neighbours", "schedule": 60.0},
    # Departures and copies whose worker went silent; copies whose time is over.
    "sweep accounts": {"task": "accounts.sweep", "schedule": 60.0},
    # What is done and old is forgotten: outbox rows, form keys, codes, intents.
    "tidy": {"task": "jobs.tidy", "schedule": 3600.0},
    # The originals of words that moderators hid, on the day that was set.
    "purge originals": {"task": "participation.purge_originals", "schedule": 3600.0},
    # The daily head of the audit chain.
    "audit head": {"task": "jobs.audit_head", "schedule": 3600.0},
}
