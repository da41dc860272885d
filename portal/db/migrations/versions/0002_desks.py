"""What the three desks keep: member authorities, proclaimed holidays, the thread, extra items, recall and deferral."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
CODE = sa.String(length=64)
CHECKS = (
    ("inspection", "state", "'announced', 'closed', 'disposing', 'disposed'", "'deferred'"),
    ("document", "state", "'pending', 'received', 'replaced', 'withdrawn', 'abandoned'", "'recalled'"),
    ("answer", "kind", "'equivalent', 'not_held', 'to_follow'", "'none'"),
)
"""Table, column, the values that it took, and the one that it takes from now on as well."""


def upgrade() -> None:
    # SQLite keeps the words of a table as they were written; made anew, they are as the rows' definition says.
    sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("programme", recreate="always" if sqlite else "never") as batch:
        batch.add_column(sa.Column("window_from", sa.Date(), nullable=True))
        batch.add_column(sa.Column("window_until", sa.Date(), nullable=True))
    with op.batch_alter_table("agency") as batch:
        batch.add_column(sa.Column("voluntary", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("outbox_mail") as batch:
        batch.add_column(sa.Column("occasion", sa.String(length=200), nullable=True))
        batch.add_column(sa.Column("claimed_at", TIME, nullable=True))
        batch.create_unique_constraint(op.f("uq_outbox_mail_occasion"), ["occasion"])
    with op.batch_alter_table("inspection") as batch:
        batch.add_column(sa.Column("deferred_at", TIME, nullable=True))
    with op.batch_alter_table("document") as batch:
        batch.add_column(sa.Column("accepted_at", TIME, nullable=True))
        batch.add_column(sa.Column("accepted_by", sa.Uuid(), nullable=True))
        batch.create_foreign_key(op.f("fk_document_accepted_by_person"), "person", ["accepted_by"], ["id"])
    for table, column, old, new in CHECKS:
        _check(table, column, f"{column} IN ({_with(old, new)})")
    _registers()
    _exchanges()


def downgrade() -> None:
    for table in ("extra_item", "message", "bank_holiday", "agency_member"):
        op.drop_table(table)
    for table, column, old, _new in CHECKS:
        # A row that has the new value has no place in the tables before: it is refused, never changed.
        _check(table, column, f"{column} IN ({old})")
    with op.batch_alter_table("document") as batch:
        batch.drop_constraint(op.f("fk_document_accepted_by_person"), type_="foreignkey")
        batch.drop_column("accepted_by")
        batch.drop_column("accepted_at")
    with op.batch_alter_table("inspection") as batch:
        batch.drop_column("deferred_at")
    with op.batch_alter_table("outbox_mail") as batch:
        batch.drop_constraint(op.f("uq_outbox_mail_occasion"), type_="unique")
        batch.drop_column("claimed_at")
        batch.drop_column("occasion")
    with op.batch_alter_table("agency") as batch:
        batch.drop_column("voluntary")
    with op.batch_alter_table("programme") as batch:
        batch.drop_column("window_until")
        batch.drop_column("window_from")


def _with(old: str, new: str) -> str:
    """The inspection's states read in the order of its life, others get the new value last."""
    return old.replace("'announced', ", f"'announced', {new}, ") if "announced" in old else f"{old}, {new}"


def _check(table: str, column: str, condition: str) -> None:
    name = op.f(f"ck_{table}_{column}")
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(name, type_="check")
        batch.create_check_constraint(name, condition)


def _registers() -> None:
    op.create_table(
        "agency_member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.CheckConstraint("until_on IS NULL OR until_on >= from_on", name=op.f("ck_agency_member_in_order")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_agency_member_agency_id_agency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency_member")),
    )
    op.create_index(op.f("ix_agency_member_agency_id"), "agency_member", ["agency_id"])
    still = sa.text("until_on IS NULL")
    op.create_index(
        op.f("uq_agency_member_current"),
        "agency_member",
        ["agency_id", "authority"],
        unique=True,
        sqlite_where=still,
        postgresql_where=still,
    )
    op.create_table(
        "bank_holiday",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("added_at", TIME, nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["added_by"], ["person.id"], name=op.f("fk_bank_holiday_added_by_person")),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_bank_holiday")),
    )


def _exchanges() -> None:
    kinds = "'question', 'reply', 'deadline', 'deferral', 'announcement', 'recall', 'acceptance'"
    op.create_table(
        "message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("inspection_id", sa.Uuid(), nullable=False),
        sa.Column("kind", CODE, nullable=False),
        sa.Column("item", CODE, nullable=True),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("written_at", TIME, nullable=False),
        sa.Column("sealed_words", sa.LargeBinary(), nullable=True),
        sa.Column("settled_at", TIME, nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(f"kind IN ({kinds})", name=op.f("ck_message_kind")),
        *_refers("message", inspection_id="inspection", written_by="person", settled_by="person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    op.create_table(
        "extra_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("inspection_id", sa.Uuid(), nullable=False),
        sa.Column("code", CODE, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("sealed_words", sa.LargeBinary(), nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        *_refers("extra_item", inspection_id="inspection", asked_by="person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extra_item")),
    )
    op.create_index(op.f("uq_extra_item_code"), "extra_item", ["inspection_id", "code"], unique=True)
    for table, column in (
        *(("message", each) for each in ("inspection_id", "written_by")),
        *(("extra_item", each) for each in ("inspection_id", "asked_by")),
    ):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def _refers(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))
        for column, target in columns.items()
    ]
