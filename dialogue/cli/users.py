"""`flask user`: accounts and roles from the command line."""

from __future__ import annotations

import sys

import click
from flask.cli import AppGroup

from dialogue.accounts import addresses
from dialogue.accounts.commands import accounts
from dialogue.accounts.models import Role
from dialogue.dialogues.queries import dialogue_by_slug
from dialogue.kernel import clock
from dialogue.kernel.db import transaction
from dialogue.kernel.errors import DomainError, FieldErrors

users = AppGroup("user")

ROLES = ("participant", *Role)


@users.command("add")
@click.argument("email")
@click.option("--role", type=click.Choice([str(role) for role in ROLES]), default="participant")
@click.option("--dialogue", "slug", help="Give the role in this dialogue only.")
@click.option("--password", help="At least 12 characters; left out, the person signs in by code.")
def add(email: str, role: str, slug: str | None, password: str | None) -> None:
    """Make a confirmed account with an accepted policy, or give an existing one a role."""
    dialogue_id = None
    if slug:
        dialogue = dialogue_by_slug(slug)
        if dialogue is None:
            click.echo(f"There is no dialogue with the slug {slug!r}.", err=True)
            sys.exit(1)
        dialogue_id = dialogue.id
    try:
        address = addresses.parse(email)
        with transaction():
            user = accounts.add_by_staff(
                email=address,
                role=role,
                dialogue_id=dialogue_id,
                password=password,
                actor_id=None,
                now=clock.now(),
            )
            name = user.display_name
    except FieldErrors as problem:
        click.echo(" ".join(str(text) for text in problem.errors.values()), err=True)
        sys.exit(1)
    except DomainError as problem:
        click.echo(str(problem.message), err=True)
        sys.exit(1)
    click.echo(f"{address} is {role}, shown as {name}.")


GROUPS = {"user": users}
