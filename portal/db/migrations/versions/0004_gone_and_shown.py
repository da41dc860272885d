"""Gone, and shown to be gone: holds with reasons, notices, plans, provisional certificates, anchored checkpoints."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
CODE = sa.String(length=64)
NEW = ("hold", "copy_notice", "disposal_plan", "checkpoint", "anchoring", "trail_base", "calendar_feed")
COLUMNS = {
    "programme": ("retracted_on", "long_stop_on", "standing_approval"),
    "inspection": ("cancelled_at",),
    "person": ("removed_at",),
    "audit_entry": ("salt",),
}


def upgrade() -> None:
    with _anew("programme") as batch:
        batch.add_column(sa.Column("retracted_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("long_stop_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("standing_approval", sa.Boolean(), server_default=sa.true(), nullable=False))
    with _anew("inspection") as batch:
        batch.add_column(_time("cancelled_at", nullable=True))
    with _anew("person") as batch:
        batch.add_column(_time("removed_at", nullable=True))
    with _anew("audit_entry") as batch:
        batch.add_column(sa.Column("salt", CODE, nullable=True))
    _endings()
    _before()
    _trail()
    _keep_holds()


def downgrade() -> None:
    # Only the last certificate fits, and one alarm of a kind; disposals that nothing was due to have no place there.
    op.execute(
        "DELETE FROM certificate WHERE number < "
        "(SELECT max(other.number) FROM certificate other WHERE other.inspection_id = certificate.inspection_id)"
    )
    op.execute("DELETE FROM alarm WHERE subject != ''")
    op.execute("UPDATE disposal SET due_at = started_at WHERE due_at IS NULL")
    for table in NEW:
        op.drop_table(table)
    op.drop_index("uq_certificate_number", "certificate")
    op.drop_index(op.f("ix_certificate_inspection_id"), "certificate")
    with op.batch_alter_table("certificate") as batch:
        batch.drop_column("number")
        batch.drop_column("final")
        batch.create_unique_constraint(op.f("uq_certificate_inspection_id"), ["inspection_id"])
    op.drop_index("uq_alarm_standing", "alarm")
    with op.batch_alter_table("alarm") as batch:
        batch.drop_column("subject")
    _standing("kind")
    with op.batch_alter_table("disposal") as batch:
        for column in ("ciphertext_sha256", "ciphertext_bytes", "accounts", "compacted_at"):
            batch.drop_column(column)
        batch.alter_column("due_at", existing_type=TIME, nullable=False)
    for table, columns in COLUMNS.items():
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column)


def _endings() -> None:
    with _anew("disposal") as batch:
        batch.alter_column("due_at", existing_type=TIME, nullable=True)
        batch.add_column(sa.Column("ciphertext_sha256", CODE, nullable=True))
        batch.add_column(sa.Column("ciphertext_bytes", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("accounts", sa.Integer(), server_default=sa.text("0"), nullable=False))
        batch.add_column(_time("compacted_at", nullable=True))
    with _anew("certificate") as batch:
        batch.add_column(sa.Column("number", sa.Integer(), server_default=sa.text("1"), nullable=False))
        batch.add_column(sa.Column("final", sa.Boolean(), server_default=sa.text("false"), nullable=False))
        batch.drop_constraint(op.f("uq_certificate_inspection_id"), type_="unique")
    op.create_index(op.f("ix_certificate_inspection_id"), "certificate", ["inspection_id"])
    op.create_index("uq_certificate_number", "certificate", ["inspection_id", "number"], unique=True)
    op.drop_index("uq_alarm_standing", "alarm")
    with _anew("alarm") as batch:
        batch.add_column(sa.Column("subject", CODE, server_default=sa.text("''"), nullable=False))
    _standing("kind", "subject")


def _before() -> None:
    _table(
        "hold",
        _id("id"),
        _id("programme_id", nullable=True),
        _id("inspection_id", nullable=True),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=True),
        _id("owner_id", nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("placed_by", CODE, nullable=False),
        _time("placed_at"),
        _time("lifted_at", nullable=True),
        sa.CheckConstraint("(programme_id IS NULL) != (inspection_id IS NULL)", name=op.f("ck_hold_about_one_thing")),
        programme_id="programme",
        inspection_id="inspection",
        owner_id="person",
    )
    _table(
        "copy_notice",
        _id("id"),
        _id("inspection_id"),
        _id("person_id"),
        sa.Column("downloads", sa.Integer(), nullable=False),
        _time("asked_at"),
        _time("confirmed_at", nullable=True),
        sa.UniqueConstraint("inspection_id", "person_id", name=op.f("uq_copy_notice_inspection_id_person_id")),
        inspection_id="inspection",
        person_id="person",
    )
    op.create_table(
        "disposal_plan",
        _id("inspection_id"),
        _time("made_at"),
        sa.Column("body", sa.Text(), nullable=False),
        _time("approved_at", nullable=True),
        sa.Column("approved_by", CODE, nullable=True),
        sa.CheckConstraint(
            "(approved_at IS NULL) = (approved_by IS NULL)", name=op.f("ck_disposal_plan_approved_has_time")
        ),
        sa.ForeignKeyConstraint(
            ["inspection_id"], ["inspection.id"], name=op.f("fk_disposal_plan_inspection_id_inspection")
        ),
        sa.PrimaryKeyConstraint("inspection_id", name=op.f("pk_disposal_plan")),
    )
    _table(
        "calendar_feed",
        _id("id"),
        _id("person_id"),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        _time("made_at"),
        _time("ended_at", nullable=True),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feed_token_hash")),
        person_id="person",
    )


def _trail() -> None:
    _table(
        "checkpoint",
        sa.Column("name", CODE, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        _time("made_at"),
        sa.Column("body", sa.Text(), nullable=False),
        key=("name",),
    )
    op.create_index(op.f("ix_checkpoint_seq"), "checkpoint", ["seq"])
    _table(
        "anchoring",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("anchor", CODE, nullable=False),
        _time("queued_at"),
        _time("kept_at", nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        key=("name", "anchor"),
    )
    _table(
        "trail_base",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", CODE, nullable=False),
        _time("pruned_at"),
        key=("seq",),
    )


def _keep_holds() -> None:
    """Give every hold that stands a row; nobody had to say why, or who answers for it, so it is to be reviewed now."""
    connection, rows = op.get_bind(), []
    for thing in ("programme", "inspection"):
        table = sa.table(thing, sa.column("id", sa.Uuid()), sa.column("held", sa.Boolean()))
        rows += [
            {"id": uuid4(), f"{thing}_id": held, "placed_by": "operator", "placed_at": sa.func.current_timestamp()}
            for held in connection.scalars(sa.select(table.c.id).where(table.c.held))
        ]
    hold = sa.table(
        "hold",
        *(sa.column(name, sa.Uuid()) for name in ("id", "programme_id", "inspection_id")),
        *(sa.column(name) for name in ("placed_by", "placed_at")),
    )
    for row in rows:
        op.execute(sa.insert(hold).values(**row))


@contextmanager
def _anew(table: str) -> Iterator[BatchOperations]:
    """Change a table: SQLite makes it anew, so that it reads as one that was declared so."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table(table, recreate="always" if sqlite else "never") as batch:
        yield batch


def _standing(*columns: str) -> None:
    where = sa.text("cleared_at IS NULL")
    op.create_index(
        "uq_alarm_standing", "alarm", list(columns), unique=True, sqlite_where=where, postgresql_where=where
    )


def _table(name: str, *parts: sa.schema.SchemaItem, key: tuple[str, ...] = ("id",), **refers: str) -> None:
    """Make a table; each of `refers` is a column that names a row of another table, with an index of its own."""
    foreign = (
        sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{name}_{column}_{target}"))
        for column, target in refers.items()
    )
    op.create_table(name, *parts, *foreign, sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}")))
    for column in refers:
        op.create_index(op.f(f"ix_{name}_{column}"), name, [column])


def _id(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, TIME, nullable=nullable)
