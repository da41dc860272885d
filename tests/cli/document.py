"""Writes the parts of the documentation that follow from the code: `python -m tests.cli.document`."""

from collections.abc import Iterator
from pathlib import Path

import click

from portal.cli import main
from portal.cli.run import settings_table

DOCS = Path(__file__).resolve().parents[2] / "docs"
WIDTH = 100


def command_line_page() -> str:
    """Return `docs/command-line.md`: the help of every command that is not hidden."""
    introduction = (
        "# The command line\n\n"
        "Every command of the portal, as `--help` shows it. All of them read the settings from the environment: see\n"
        "[settings.md](settings.md). `portal` lies in the virtual environment, so from a source tree it is "
        "`.venv/bin/portal`.\n\n"
        "A command ends with 0 when it did what was asked, with 1 and a sentence on standard error when it could not,\n"
        "and with 2 when it was not understood. This page is made by `.venv/bin/python -m tests.cli.document`.\n"
    )
    return introduction + "".join(
        f"\n## {' '.join(path)}\n\n```\n{help_text(command, path)}\n```\n"
        for path, command in commands(main, ("portal",))
    )


def commands(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield a command and those below it, each with the words that lead to it, in the order that help shows them."""
    yield path, command
    if isinstance(command, click.Group):
        with click.Context(command) as context:
            for name in command.list_commands(context):
                below = command.get_command(context, name)
                if below is not None and not below.hidden:
                    yield from commands(below, (*path, name))


def help_text(command: click.Command, path: tuple[str, ...]) -> str:
    """Return what `--help` says, at a width that does not depend on the terminal."""
    with click.Context(command, info_name=" ".join(path), terminal_width=WIDTH, max_content_width=WIDTH) as context:
        return command.get_help(context)


def settings_page(page: str) -> str:
    """Return `docs/settings.md` with the table between its markers made anew."""
    before, begin, rest = page.partition("<!-- the table -->\n")
    _old, end, after = rest.partition("<!-- end of the table -->")
    if not begin or not end:
        raise ValueError("docs/settings.md has lost the markers around its table.")
    return before + begin + settings_table() + end + after


if __name__ == "__main__":
    (DOCS / "command-line.md").write_text(command_line_page())
    settings = DOCS / "settings.md"
    settings.write_text(settings_page(settings.read_text()))
