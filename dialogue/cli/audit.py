"""`flask audit`: check the record of what staff did, and votes and texts against it."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click
from flask.cli import AppGroup

from dialogue.kernel import audit
from dialogue.moderation.queries.integrity import altered_decisions
from dialogue.participation.queries import integrity

group = AppGroup("audit")


@group.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print what does not hold as JSON.")
def verify(as_json: bool) -> None:
    """Check the chain of entries, every decision, every wording and every count of votes.

    Exit status 0 only when all hold; otherwise each sentence names a row.
    """
    head = audit.last_head()
    chain = audit.verify()
    rest = [
        *altered_decisions(),
        *integrity.altered(head.codes if head else {}, head.at if head else None),
    ]
    if as_json:
        found = [asdict(finding) for finding in chain]
        click.echo(json.dumps(found + [{"what": sentence} for sentence in rest]))
    else:
        for sentence in [*(f"Entry {finding.seq} {finding.what}" for finding in chain), *rest]:
            click.echo(f"{sentence}.")
        if not chain and not rest:
            click.echo("The audit chain, the decisions, the texts and the votes hold.")
    sys.exit(1 if chain or rest else 0)


GROUPS = {"audit": group}
