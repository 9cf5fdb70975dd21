"""The command line: one file a command, found by being here.

To add a command, write ``streams/commands/<name>.py`` with a click command named ``command``; dashes in the command's
name are underscores in the file's. Errors that the user can mend are raised as ``click.UsageError`` (exit code 2) or
``click.ClickException`` (1); settings errors are turned into exit code 2 here.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys

import click

from streams.settings import SettingsError

INTERRUPTED = 130


class Commands(click.Group):
    """Loads a command when it is asked for, so that ``--help`` stays fast and a broken one breaks no other."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        names = [module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")]
        return sorted(name.replace("_", "-") for name in names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; None if there is none."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"{__name__}.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; an unknown one is refused with the names there are."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            allowed = ", ".join(self.list_commands(ctx))
            raise click.UsageError(f"{args[0]!r} is no command; allowed: {allowed}", ctx) from None


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="rapport", prog_name="rapport")
def cli() -> None:
    """Rapport watches live events about the people around a company and says when a relationship shifts."""


def main() -> None:
    """Run the command line; exit codes: 0 done, 1 failed, 2 wrong usage or settings, 130 interrupted."""
    try:
        code = cli.main(standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    except SettingsError as error:
        click.echo(f"rapport: settings: {error}", err=True)
        code = 2
    except click.ClickException as error:
        click.echo(f"rapport: {error.format_message()}", err=True)
        code = error.exit_code
    sys.exit(code if isinstance(code, int) else 0)
