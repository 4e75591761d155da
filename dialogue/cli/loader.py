"""Attaches the command groups. Each is loaded only when it is called: a web process never pays
for what only operators use."""

from __future__ import annotations

import importlib
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup

# name → (module, what the help says); `db` comes from Flask-Migrate.
GROUPS = {
    "audit": ("dialogue.cli.audit", "Check the record of what staff did."),
    "demo": ("dialogue.cli.demo_sign_ins", "Show the demonstration's sign-ins."),
    "doctor": ("dialogue.cli.doctor", "Look whether everything is as it should be."),
    "export": ("dialogue.cli.polis", "Write data for other programs."),
    "import": ("dialogue.cli.polis", "Read data of other programs."),
    "report": ("dialogue.cli.report", "Build and verify reports."),
    "seed": ("dialogue.cli.seed", "Fill an empty database."),
    "user": ("dialogue.cli.users", "Make accounts and give roles."),
}


class LazyGroup(AppGroup):
    """A command group whose module is imported when it is used."""

    def __init__(self, name: str, module: str, help_text: str):
        super().__init__(name, help=help_text)
        self._module = module

    def _loaded(self) -> click.Group:
        # The one place that imports inside a function: see the head of this module.
        module = importlib.import_module(self._module)
        group: click.Group = module.GROUPS[self.name]
        return group

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the group's commands."""
        return self._loaded().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return one command of the group."""
        return self._loaded().get_command(ctx, cmd_name)


class LazyCommand(click.Command):
    """A single command whose module is imported when it is used."""

    def __init__(self, name: str, module: str, help_text: str):
        super().__init__(name, help=help_text)
        self._module = module

    def _loaded(self) -> click.Command:
        command: click.Command = importlib.import_module(self._module).COMMAND
        return command

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Make the context of the command itself."""
        return self._loaded().make_context(*args, **kwargs)

    def get_help(self, ctx: click.Context) -> str:
        """Return the help of the command itself."""
        return self._loaded().get_help(ctx)


def attach(app: Flask) -> None:
    """Register the commands on the application."""
    for name, (module, help_text) in GROUPS.items():
        kind = LazyCommand if name == "doctor" else LazyGroup
        app.cli.add_command(kind(name, module, help_text))
