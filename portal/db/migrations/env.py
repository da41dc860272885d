"""What Alembic runs for each command of `portal.db.migrate`, which hands it the connection and its transaction."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

import portal.db.checks
import portal.db.credentials
import portal.db.endings
import portal.db.exchanges
import portal.db.proposals
import portal.db.registers  # noqa: F401 -- each module of rows adds its own to the metadata
from portal.db.tables import Base
from portal.db.types import UtcDateTime


def _render(kind: str, thing: object, _autogenerate: AutogenContext) -> str | Literal[False]:
    """Draft instants as plain SQL types: a migration imports nothing of the portal, whose types may change."""
    if kind == "type" and isinstance(thing, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


if context.is_offline_mode():
    raise SystemExit("Migrations run on a database, never as a script: use `portal db upgrade`.")

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=_render,
    # SQLite can, since the engine says itself when a transaction begins.
    transactional_ddl=True,
)
context.run_migrations()
