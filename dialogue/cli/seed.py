"""`flask seed`: fill an empty database with the demonstration."""

from __future__ import annotations

import sys
from datetime import timedelta

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from dialogue.accounts import names
from dialogue.accounts.commands import accounts
from dialogue.accounts.models import User
from dialogue.cli.demo import fairness, following, planting, sign_ins, words
from dialogue.dialogues.models import Dialogue
from dialogue.dialogues.queries import dialogue_by_slug
from dialogue.kernel import clock
from dialogue.kernel.db import db, transaction
from dialogue.participation.commands import mixing
from dialogue.reports import job
from dialogue.reports.commands import making as reports
from dialogue.reports.commands import publishing
from dialogue.reports.models import Report, ReportState

group = AppGroup("seed")


@group.command("demo")
@click.option("--if-empty", is_flag=True, help="Do nothing when there is any dialogue already.")
def demo(if_empty: bool) -> None:
    """Plant the demonstration dialogue with its people, votes, queue and report.

    Safe to repeat and to interrupt: it is planted whole or not at all, once.
    """
    now = clock.now()
    told = words.read()
    slug = told.dialogue["slug"]
    if if_empty and db.session.scalar(select(Dialogue.id).limit(1)) and not dialogue_by_slug(slug):
        return
    if dialogue_by_slug(slug) is None:
        instance = current_app.config["INSTANCE"]
        people = sign_ins.read(instance) or sign_ins.make()
        sign_ins.keep(instance, people)
        with transaction():
            by_role = {row.role: _account(row) for row in people}
            dialogue = planting.plant_dialogue(told, actor_id=by_role["officer"].id, now=now)
            planting.Planting(told, dialogue, by_role["moderator"], now).plant(
                by_role["participant"]
            )
            following.plant(user_id=by_role["participant"].id, dialogue_id=dialogue.id, now=now)
            fairness.plant(
                dialogue,
                moderator=by_role["moderator"],
                second=by_role["admin"],
                participant=by_role["participant"],
                now=now,
            )
        mixing.renew_mix(now=now)
        click.echo(f"Planted the dialogue {slug}.", err=True)
    _report(slug)


def _account(row: sign_ins.SignIn) -> User:
    user = accounts.add_by_staff(
        email=row.email,
        role=row.role,
        dialogue_id=None,
        password=row.password,
        actor_id=None,
        now=clock.now(),
    )
    if row.name:
        user.display_name, user.name_folded = row.name, names.skeleton(row.name)
    user.created_at = min(user.created_at, clock.now() - timedelta(days=30))  # no newcomers
    db.session.flush()
    return user


def _report(slug: str) -> None:
    """Make the demonstration's report unless there is one."""
    dialogue = dialogue_by_slug(slug)
    if dialogue is None:
        return
    finished = select(Report.id).where(
        Report.dialogue_id == dialogue.id, Report.state == ReportState.DONE
    )
    if db.session.scalar(finished.limit(1)):
        return
    officer = db.session.scalars(select(User).where(User.email == "officer@example.gov")).first()
    actor_id = officer.id if officer else None
    with transaction():
        report_id = reports.request_report(dialogue=dialogue, actor_id=actor_id, now=clock.now()).id
    if not job.run(report_id):
        click.echo("The demonstration's report could not be made.", err=True)
        sys.exit(1)
    if actor_id is not None:
        with transaction():
            report = db.session.get_one(Report, report_id)
            publishing.publish_report(report=report, actor_id=actor_id, now=clock.now())
    click.echo("Made its report.", err=True)


GROUPS = {"seed": group}
