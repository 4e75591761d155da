"""`flask report build`, `verify` and `diff`: reports without a browser or a worker."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from dialogue.cli import report_changes as told
from dialogue.dialogues.queries import dialogue_by_slug
from dialogue.kernel import clock
from dialogue.kernel.storage import write_atomically
from dialogue.reports import build, diff, model, reading, schema, steps
from dialogue.reports.parts.crew import Alone
from dialogue.reports.render.formats import render
from dialogue.reports.render.kinds import FORMATS, CannotRender, Circumstances
from dialogue.reports.verify import Verdict
from dialogue.reports.verify import verify as check


@click.group("report")
def report() -> None:
    """Make and check the report of a dialogue."""


@report.command("build")
@click.argument("slug")
@click.option(
    "--format",
    "kind",
    type=click.Choice([*FORMATS, "html"]),
    default="json",
    show_default=True,
    help="Which file to write.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=".",
    show_default=True,
    help="Folder for report.FORMAT; made when it is not there.",
)
@click.option(
    "--shards",
    type=click.IntRange(min=1),
    help="Cut the work into so many parts, as several workers do; the report is the same.",
)
@with_appcontext
def build_command(slug: str, kind: str, out: Path, shards: int | None) -> None:
    """Write the report of the dialogue SLUG as one file, here and now."""
    dialogue = dialogue_by_slug(slug)
    if dialogue is None:
        raise click.UsageError(f"There is no dialogue “{slug}”.")
    started = time.monotonic()

    def say(step: steps.Step) -> None:
        click.echo(f"{int(step)}/5 {steps.NAMES[step]} …", err=True)

    document = build.build(reading.read_snapshot(dialogue, clock.now()), say, Alone(shards or 0))
    say(steps.Step.MAKING_FILES)
    circumstances = Circumstances(number=0, site=current_app.config["SITE_NAME"])
    path = out / f"report.{kind}"
    try:
        write_atomically(path, render(document, kind, circumstances))
    except CannotRender as problem:
        raise click.ClickException(problem.sentence) from None
    except OSError as problem:
        raise click.ClickException(f"{path} cannot be written: {problem.strerror}.") from None
    click.echo(f"Made in {time.monotonic() - started:.1f} s.", err=True)
    click.echo(str(path))


@report.command("verify")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@with_appcontext
def verify_command(file: Path, as_json: bool) -> None:
    """Count everything in the report FILE again.

    Ends with 0 when it holds, 1 when it does not (and says which number), 3 when it holds but
    quotes or counts a text that was taken back since.
    """
    try:
        document = json.loads(file.read_bytes())
    except (ValueError, RecursionError):
        verdict = Verdict(problems=[f"{file} is not JSON."])
    else:
        verdict = check(document)
    if as_json:
        click.echo(json.dumps(_plain(verdict), ensure_ascii=False))
    else:
        _say(verdict)
    sys.exit(verdict.exit_status)


@report.command("diff")
@click.argument("before", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("after", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print what changed as JSON.")
@with_appcontext
def diff_command(before: Path, after: Path, as_json: bool) -> None:
    """Say what changed from the report BEFORE to the report AFTER, and why.

    Ends with 0 when nothing did, 1 when something did, 2 for files that are no reports of one
    dialogue.
    """
    one, other = _document(before), _document(after)
    if one["dialogue"]["slug"] != other["dialogue"]["slug"]:
        raise click.UsageError("These are reports of two dialogues.")
    changes = diff.compare(one, other)
    same = diff.is_same(changes)
    if as_json:
        click.echo(json.dumps({"same": same, **changes}, ensure_ascii=False))
    else:
        for line in told.lines(one, other, changes):
            click.echo(line)
        click.echo("Nothing changed." if same else "The reports differ.")
    sys.exit(0 if same else 1)


def _document(path: Path) -> model.Model:
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise click.UsageError(f"{path} is not JSON.") from None
    wrong = schema.problems(document)
    if wrong:
        raise click.UsageError(f"{path} is no report: {wrong[0]}")
    found: model.Model = document
    return found


def _say(verdict: Verdict) -> None:
    for line in (*verdict.problems, *verdict.stale, *verdict.notes):
        click.echo(line)
    if verdict.problems:
        click.echo("The report does not hold.")
    elif verdict.stale:
        click.echo("The report holds for its moment, but needs a new edition.")
    else:
        checked = verdict.checked
        click.echo(
            f"The report holds: {checked['numbers'] + checked['values']} values and"
            f" {checked['quotations']} quotations checked."
        )


def _plain(verdict: Verdict) -> dict[str, object]:
    return {
        "holds": not verdict.problems,
        "problems": verdict.problems,
        "stale": verdict.stale,
        "notes": verdict.notes,
        "checked": dict(verdict.checked),
    }


GROUPS = {"report": report}
