"""${message}

The rules of a migration:
- It runs on SQLite and on PostgreSQL. Change a table through `op.batch_alter_table`, which on SQLite makes it anew.
- Every constraint and index has a name, as `portal.db.tables.NAMING` gives it: what has no name cannot be dropped.
- A new column is nullable or has a `server_default`: the tables are full when this runs.
- It imports nothing of the portal, whose code will have changed when this runs on somebody's database.
- It never edits data that `downgrade` cannot restore, and never writes to `audit_entry`.
- It cannot open what is sealed. Sealed columns are added empty, moved whole, or left alone.
- Once released it is never changed: write the next one.
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
