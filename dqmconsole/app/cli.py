"""The command line: each verb is a file of ``commands``, loaded when asked for."""

from __future__ import annotations

import importlib
import logging
import sys
from typing import Any

import click

from dqmconsole import __version__
from dqmconsole.app.features import CORE, is_installed
from dqmconsole.app.output import errors_escaped, fail, say
from dqmconsole.model.escape import log_to_stderr
from dqmconsole.model.paths import with_home

# verb -> module and command; loading is put off so that one verb's imports
# (Qt, uproot) do not slow the others down
COMMANDS = {
    "book": ("dqmconsole.app.commands.book", "book_command"),
    "check": ("dqmconsole.app.commands.check", "check_command"),
    "demo": ("dqmconsole.app.commands.demo", "demo_command"),
    "doctor": ("dqmconsole.app.commands.doctor", "doctor_command"),
    "edit": ("dqmconsole.app.commands.edit", "edit_command"),
    "export": ("dqmconsole.app.commands.export", "export_command"),
    "export-layouts": (
        "dqmconsole.app.commands.import_layouts",
        "export_layouts_command",
    ),
    "import-layouts": (
        "dqmconsole.app.commands.import_layouts",
        "import_layouts_command",
    ),
    "init": ("dqmconsole.app.commands.init", "init_command"),
    "ls": ("dqmconsole.app.commands.ls", "ls_command"),
    "open": ("dqmconsole.app.commands.open", "open_command"),
    "publish": ("dqmconsole.app.commands.publish", "publish_command"),
    "reference": ("dqmconsole.app.commands.reference", "reference_command"),
    "snapshot": ("dqmconsole.app.commands.snapshot", "snapshot_command"),
    "study": ("dqmconsole.app.commands.study", "study_command"),
    "training": ("dqmconsole.app.commands.training", "training_command"),
    "tutorial": ("dqmconsole.app.commands.tutorial", "tutorial_command"),
    "validate": ("dqmconsole.app.commands.validate", "validate_command"),
}


NEEDS = {"demo": "simulation", "training": "training", "tutorial": "training"}
"""Verb -> the feature without which there is no such command."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        """The verbs, in order."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a verb, or click's own answer to an unknown one."""
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        if not is_installed(NEEDS.get(cmd_name, CORE)):
            return _absent(cmd_name, NEEDS[cmd_name])
        module, name = COMMANDS[cmd_name]
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,  # noqa: ANN401 - click's
    ) -> click.Context:
        """Read the options that stand before the verb."""
        with errors_escaped():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command of the verb; a library that it lacks is said in one line."""
        try:
            with errors_escaped():
                return super().invoke(ctx)
        except ModuleNotFoundError as error:
            name = (error.name or "").partition(".")[0]
            if name in ("", "dqmconsole"):
                raise
            words = f"the library {name} is not installed: install dqmconsole again"
            fail(words, ctx.invoked_subcommand or "open", code=3)
        except PermissionError as error:
            words = f"{error.filename}: {error.strerror}"
            fail(words, ctx.invoked_subcommand or "open", code=2)
        except RuntimeError:
            if with_home("~").is_absolute():
                raise
            words = "this account has no home folder: set HOME to a folder of its own"
            fail(words, ctx.invoked_subcommand or "open", code=3)


def _absent(verb: str, feature: str) -> click.Command:
    """What stands in for a command whose feature was left out."""

    def refuse(words: tuple[str, ...]) -> None:
        del words  # whatever was asked of it
        say(f"dqmconsole {verb}: this installation has no {feature}", err=True)
        sys.exit(2)

    return click.Command(
        verb,
        context_settings={"ignore_unknown_options": True},
        callback=refuse,
        params=[click.Argument(["words"], nargs=-1, type=click.UNPROCESSED)],
        add_help_option=False,
        short_help=f"Not here: this installation has no {feature}.",
    )


@click.group(cls=LazyGroup, invoke_without_command=True)
@click.version_option(__version__, prog_name="dqmconsole")
@click.pass_context
def run(context: click.Context) -> None:
    """A data-quality console for particle-physics control rooms.

    Without a command it opens what was open last; the first time, a welcome page.
    """
    log_to_stderr(logging.WARNING, "%(asctime)s %(levelname)s %(name)s: %(message)s")
    if context.invoked_subcommand is None:
        from dqmconsole.app.commands.open import open_last

        open_last()
