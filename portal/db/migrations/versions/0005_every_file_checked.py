"""Nothing wrong goes unseen: how each document was found, and what the A1 form is read against."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
CODE = sa.String(length=64)


def upgrade() -> None:
    with _anew("programme") as batch:
        batch.add_column(sa.Column("data_from", sa.Date(), nullable=True))
        batch.add_column(sa.Column("data_until", sa.Date(), nullable=True))
    with _anew("agency") as batch:
        batch.add_column(sa.Column("id_words", sa.Text(), server_default="", nullable=False))
    with _anew("agency_member") as batch:
        batch.add_column(sa.Column("code", sa.String(length=3), nullable=True))
    _checks()
    # What was received before has not been checked: the worker does it from here.
    op.execute(
        "INSERT INTO document_check (document_id, inspection_id, state, scan, attempts, next_try_at) "
        "SELECT document.id, document.inspection_id, 'waiting', 'unscanned', 0, document.received_at FROM document "
        "JOIN inspection ON inspection.id = document.inspection_id "
        "WHERE document.state = 'received' AND inspection.state IN ('announced', 'deferred', 'closed')"
    )


def downgrade() -> None:
    op.drop_table("document_check")
    for table, columns in {
        "agency_member": ("code",),
        "agency": ("id_words",),
        "programme": ("data_from", "data_until"),
    }.items():
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column)


def _checks() -> None:
    refers = {"document_id": "document", "inspection_id": "inspection", "reason_by": "person", "released_by": "person"}
    op.create_table(
        "document_check",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("inspection_id", sa.Uuid(), nullable=False),
        sa.Column("state", CODE, nullable=False),
        sa.Column("scan", CODE, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        *(sa.Column(name, TIME, nullable=True) for name in ("next_try_at", "lease_until", "checked_at")),
        sa.Column("definition", CODE, nullable=True),
        sa.Column("sealed_result", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=True),
        sa.Column("reason_by", sa.Uuid(), nullable=True),
        sa.Column("reason_at", TIME, nullable=True),
        sa.Column("sealed_release", sa.LargeBinary(), nullable=True),
        sa.Column("released_by", sa.Uuid(), nullable=True),
        sa.Column("released_at", TIME, nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'clear', 'flagged', 'quarantined', 'unchecked')",
            name=op.f("ck_document_check_state"),
        ),
        sa.CheckConstraint("scan IN ('unscanned', 'clean', 'infected')", name=op.f("ck_document_check_scan")),
        sa.CheckConstraint(
            "scan != 'infected' OR released_at IS NULL", name=op.f("ck_document_check_malware_never_released")
        ),
        *(
            sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_document_check_{column}_{target}"))
            for column, target in refers.items()
        ),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_document_check")),
    )
    op.create_index(op.f("ix_document_check_inspection_id"), "document_check", ["inspection_id"])
    op.create_index("ix_document_check_next_try_at", "document_check", ["next_try_at"])


@contextmanager
def _anew(table: str) -> Iterator[BatchOperations]:
    """Change a table: SQLite makes it anew, so that it reads as one that was declared so."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table(table, recreate="always" if sqlite else "never") as batch:
        yield batch
