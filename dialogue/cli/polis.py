"""`import polis` and `export polis`: conversations of Pol.is in and out."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from dialogue.dialogues.queries import dialogue_by_slug
from dialogue.kernel import clock
from dialogue.kernel.db import DatabaseBusy, transaction
from dialogue.kernel.errors import DomainError
from dialogue.kernel.storage import write_atomically
from dialogue.participation.addresses import dialogue_url
from dialogue.participation.polis.dump import files_of
from dialogue.participation.polis.files import BadFiles, read
from dialogue.participation.polis.load import Loaded, load, rows_of

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@click.group("import")
def imports() -> None:
    """Load what was said elsewhere."""


@click.group("export")
def exports() -> None:
    """Write files that other programs read."""


@imports.command("polis")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--slug", required=True, help="The dialogue's address: /d/SLUG.")
@click.option("--language", help="Code of the language, such as en; default: told by the letters.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@with_appcontext
def import_polis(folder: Path, slug: str, language: str | None, as_json: bool) -> None:
    """Load the Pol.is export in FOLDER as a closed dialogue: all of it, or nothing.

    Loading the same files again changes nothing. What is wrong in them is named by file and line.
    """
    if len(slug) > 60 or not _SLUG.fullmatch(slug):
        raise click.BadParameter("use small letters, digits and hyphens.", param_hint="--slug")
    now = clock.now()
    try:
        conversation = read(folder, now=now)
        with (
            click.progressbar(
                length=rows_of(conversation), label=f"Loading {slug}", file=sys.stderr
            ) as bar,
            transaction(),
        ):
            loaded = load(conversation, slug=slug, language=language, progress=bar.update, now=now)
    except BadFiles as bad:
        for problem in bad.problems:
            click.echo(problem, err=True)
        click.echo(f"Nothing was loaded from {folder}.", err=True)
        sys.exit(1)
    except DomainError as refused:
        raise click.ClickException(str(refused.message)) from refused
    except DatabaseBusy as busy:
        raise click.ClickException("The database is busy. Try again in a moment.") from busy
    _tell(slug, loaded, conversation.vote_rows, as_json)


def _tell(slug: str, loaded: Loaded, vote_rows: int, as_json: bool) -> None:
    if as_json:
        result = {
            "slug": slug,
            "changed": loaded.changed,
            "people": loaded.people,
            "ideas": loaded.ideas,
            "ideas_published": loaded.published,
            "votes": loaded.votes,
            "vote_rows": vote_rows,
        }
        click.echo(json.dumps(result))
        return
    done = "Loaded" if loaded.changed else "These files were loaded before; nothing changed:"
    click.echo(
        f"{done} {loaded.ideas:,} ideas ({loaded.published:,} published), "
        f"{loaded.people:,} people, {loaded.votes:,} votes: {dialogue_url(slug)}"
    )


@exports.command("polis")
@click.argument("slug")
@click.option(
    "--out",
    "folder",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder for the files; made when it is not there.",
)
@with_appcontext
def export_polis(slug: str, folder: Path) -> None:
    """Write the dialogue SLUG as the files of a Pol.is export."""
    dialogue = dialogue_by_slug(slug)
    if dialogue is None:
        raise click.ClickException(f"There is no dialogue “{slug}”.")
    address = current_app.config["BASE_URL"] + dialogue_url(slug)
    try:
        for name, content in files_of(dialogue, address=address).items():
            write_atomically(folder / name, content)
            click.echo(folder / name)
    except OSError as error:
        raise click.ClickException(f"{folder}: {error.strerror or error}.") from error


GROUPS = {"import": imports, "export": exports}
