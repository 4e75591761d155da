"""`flask audit`: check the record of what staff did."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click
from flask.cli import AppGroup

from dialogue.kernel import audit

group = AppGroup("audit")


@group.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print findings as JSON.")
def verify(as_json: bool) -> None:
    """Check the chain from its first entry; exit status 1 names the first broken one."""
    findings = audit.verify()
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings]))
    else:
        for finding in findings:
            click.echo(f"Entry {finding.seq} {finding.what}.")
        if not findings:
            click.echo("The audit chain holds.")
    sys.exit(1 if findings else 0)


GROUPS = {"audit": group}
