"""What every command shares: the parts from the environment, errors as sentences, JSON or a table on the way out."""

import json
import logging
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from errno import EPIPE
from typing import Any

import click
import structlog
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import OperationalError

from portal.domain.errors import PortalError
from portal.ports import Deps
from portal.settings import Settings, SettingsError
from portal.wiring import start

# What people typed is printed as it is: a title in brackets is no markup.
console = Console(soft_wrap=True, highlight=False, markup=False, emoji=False)
as_json = click.option("--json", "json_out", is_flag=True, help="Print JSON instead of a table.")


class Stop(click.ClickException):
    """End with a sentence on standard error and exit code 1."""


class Sentences(click.Group):
    """The root command: what can go wrong in any command ends as a sentence, not as a traceback."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 -- as click has it
        """Run the command. Raises Stop, UsageError; anything else is a fault of the portal itself."""
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            raise Stop("The portal cannot start:\n" + "\n".join(f"- {fault}" for fault in error.faults)) from error
        except PortalError as error:
            raise Stop(str(error)) from error
        except OperationalError as error:
            raise Stop("The database does not answer, or is busy. Check that it runs, then try again.") from error
        except OSError as error:
            if error.errno == EPIPE:  # whoever read the output has had enough of it
                raise
            raise Stop(f"The machine refused: {error}.") from error


def log_to_stderr() -> None:
    """Write one JSON object a line; events carry ids and counts, never names or content."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )


@contextmanager
def portal() -> Iterator[tuple[Settings, Deps]]:
    """Give a command the settings and parts; what is logged meanwhile stays out of its answer. Raises SettingsError."""
    log_to_stderr()
    settings, deps = start(os.environ)
    try:
        yield settings, deps
    finally:
        deps.engine.dispose()


def show(rows: Sequence[Mapping[str, Any]], json_out: bool, empty: str) -> None:
    """Print rows as a table, or as a JSON list."""
    if json_out:
        print_json(list(rows))
    elif not rows:
        console.print(empty)
    else:
        table = Table(*rows[0])
        for row in rows:
            table.add_row(*(str(value) for value in row.values()))
        # A terminal has its width; a file or a pipe takes what there is, and nothing is cut off or broken.
        (console if console.is_terminal else Console(width=1000, markup=False, emoji=False)).print(table)


def print_json(value: object) -> None:
    """Print JSON, indented, on standard output."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))
