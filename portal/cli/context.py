"""What every command shares: the parts from the environment, errors as sentences, JSON or a table on the way out."""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from portal.domain.errors import PortalError
from portal.ports import Deps
from portal.settings import Settings, SettingsError
from portal.wiring import start

console = Console(soft_wrap=True, highlight=False)
as_json = click.option("--json", "json_out", is_flag=True, help="Print JSON instead of a table.")


class Stop(click.ClickException):
    """End with a sentence on standard error and exit code 1."""


@contextmanager
def portal() -> Iterator[tuple[Settings, Deps]]:
    """Give a command the settings and parts; turn what can go wrong into a sentence and exit code 1."""
    try:
        settings, deps = start(os.environ)
    except SettingsError as error:
        raise Stop("The portal cannot start:\n" + "\n".join(f"- {fault}" for fault in error.faults)) from error
    try:
        yield settings, deps
    except PortalError as error:
        raise Stop(str(error)) from error
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
        console.print(table)


def print_json(value: object) -> None:
    """Print JSON, indented, on standard output."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")
