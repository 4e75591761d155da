"""`flask demo`: show the demonstration's sign-ins again."""

from __future__ import annotations

import sys

import click
from flask import current_app
from flask.cli import AppGroup

from dialogue.cli.demo import sign_ins

group = AppGroup("demo")


@group.command("sign-ins")
def show() -> None:
    """Print role, address and password of each account of the demonstration."""
    rows = sign_ins.read(current_app.config["INSTANCE"])
    if not rows:
        click.echo("The demonstration is not planted here; `seed demo` does it.", err=True)
        sys.exit(1)
    click.echo("Sign in at /account/sign-in as")
    for row in rows:
        click.echo(f"  {row.role:<12} {row.email:<26} {row.password}")


GROUPS = {"demo": group}
