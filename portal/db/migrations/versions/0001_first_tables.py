"""The first tables."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
CODE = sa.String(length=64)
TABLES = (
    *("person", "web_session", "programme", "agency", "inspection", "assignment", "invitation", "document"),
    *("answer", "receipt", "disposal", "certificate", "audit_entry", "outbox_mail", "alarm", "clock"),
)
"""In the order of making: each refers to earlier ones alone."""


def upgrade() -> None:
    _people()
    _programmes()
    _roles()
    _documents()
    _answers()
    _disposals()
    _service()
    op.execute("INSERT INTO clock (id, offset_seconds) VALUES (1, 0)")  # the one row that heartbeats lock and advance


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _people() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("disabled_at", TIME, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("throttled_until", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
    )
    op.create_table(
        "web_session",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        *_columns(TIME, "created_at", "last_seen_at"),
        *_refers("web_session", person_id="person"),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_web_session")),
    )
    _index("web_session", "person_id")


def _programmes() -> None:
    op.create_table(
        "programme",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", CODE, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        *_columns(CODE, "deadline_policy", "checklist_version"),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("publication_entered_at", TIME, nullable=True),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
        sa.UniqueConstraint("code", name=op.f("uq_programme_code")),
    )
    op.create_table(
        "agency",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", CODE, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency")),
        sa.UniqueConstraint("code", name=op.f("uq_agency_code")),
    )
    op.create_table(
        "inspection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", CODE, nullable=False),
        *_columns(sa.Uuid(), "programme_id", "agency_id"),
        *_columns(CODE, "state", "checklist_version"),
        sa.Column("announced_at", TIME, nullable=False),
        sa.Column("deadline_policy", CODE, nullable=False),
        sa.Column("deadline_at", TIME, nullable=False),
        *_columns(sa.Date(), "starts_on", "last_day_on"),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("declared_at", TIME, nullable=True),
        sa.Column("declared_by", sa.Uuid(), nullable=True),
        *_columns(TIME, "closed_at", "disposed_at", nullable=True),
        _check("inspection_disposed_has_time", "state != 'disposed' OR disposed_at IS NOT NULL"),
        _check("inspection_state", "state IN ('announced', 'closed', 'disposing', 'disposed')"),
        *_refers("inspection", agency_id="agency", declared_by="person", programme_id="programme"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection")),
        sa.UniqueConstraint("reference", name=op.f("uq_inspection_reference")),
    )
    _index("inspection", "programme_id")


def _roles() -> None:
    op.create_table(
        "assignment",
        *_columns(sa.Uuid(), "id", "person_id"),
        sa.Column("inspection_id", sa.Uuid(), nullable=True),
        sa.Column("role", CODE, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        _check(
            "assignment_stewards_stand_alone",
            "(role IN ('administrator', 'data_protection_officer')) = (inspection_id IS NULL)",
        ),
        *_refers("assignment", inspection_id="inspection", person_id="person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
    )
    _index("assignment", "inspection_id", "person_id")
    _unique("uq_assignment_current", "assignment", ["person_id", "inspection_id", "role"], "ended_at IS NULL")
    _unique("uq_assignment_steward", "assignment", ["person_id", "role"], "ended_at IS NULL AND inspection_id IS NULL")
    op.create_table(
        "invitation",
        *_columns(sa.Uuid(), "id", "person_id"),
        sa.Column("inspection_id", sa.Uuid(), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        *_columns(TIME, "created_at", "expires_at"),
        sa.Column("used_at", TIME, nullable=True),
        *_refers("invitation", inspection_id="inspection", person_id="person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    _index("invitation", "inspection_id", "person_id")


def _documents() -> None:
    op.create_table(
        "document",
        *_columns(sa.Uuid(), "id", "inspection_id"),
        *_columns(CODE, "item", "slot"),
        sa.Column("version", sa.Integer(), nullable=True),
        *_columns(CODE, "state", "upload_id"),
        *_columns(sa.LargeBinary(), "sealed_details", "name_digest", nullable=True),
        sa.Column("extension", CODE, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.LargeBinary(), nullable=True),
        sa.Column("crc32", sa.BigInteger(), nullable=True),
        sa.Column("part_bytes", sa.Integer(), nullable=False),
        sa.Column("began_at", TIME, nullable=False),
        sa.Column("received_at", TIME, nullable=True),
        sa.Column("on_time", sa.Boolean(), nullable=True),
        sa.Column("lease_until", TIME, nullable=False),
        sa.Column("sent_by", sa.Uuid(), nullable=False),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        *_columns(TIME, "ended_at", "swept_at", nullable=True),
        _check("document_received_has_time", "state IN ('pending', 'abandoned') OR received_at IS NOT NULL"),
        _check("document_state", "state IN ('pending', 'received', 'replaced', 'withdrawn', 'abandoned')"),
        _check("document_size_positive", "size IS NULL OR size > 0"),
        *_refers("document", inspection_id="inspection", replaces_id="document", sent_by="person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
    )
    _index("document", "inspection_id", "sent_by")
    op.create_index(op.f("ix_document_state_lease"), "document", ["state", "lease_until"], unique=False)
    _unique("uq_document_upload", "document", ["inspection_id", "upload_id"], "state != 'abandoned'")


def _answers() -> None:
    op.create_table(
        "answer",
        *_columns(sa.Uuid(), "id", "inspection_id"),
        *_columns(CODE, "item", "kind"),
        sa.Column("sealed_words", sa.LargeBinary(), nullable=True),
        sa.Column("given_by", sa.Uuid(), nullable=False),
        sa.Column("given_at", TIME, nullable=False),
        sa.Column("superseded_at", TIME, nullable=True),
        _check("answer_kind", "kind IN ('equivalent', 'not_held', 'to_follow')"),
        *_refers("answer", given_by="person", inspection_id="inspection"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
    )
    _index("answer", "given_by", "inspection_id")
    _unique("uq_answer_current", "answer", ["inspection_id", "item"], "superseded_at IS NULL")
    op.create_table(
        "receipt",
        *_columns(sa.Uuid(), "id", "inspection_id"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cause", CODE, nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("sealed_body", sa.LargeBinary(), nullable=True),
        *_refers("receipt", inspection_id="inspection"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
    )
    _index("receipt", "inspection_id")
    op.create_index(op.f("uq_receipt_number"), "receipt", ["inspection_id", "number"], unique=True)


def _disposals() -> None:
    op.create_table(
        "disposal",
        sa.Column("inspection_id", sa.Uuid(), nullable=False),
        *_columns(TIME, "due_at", "started_at"),
        sa.Column("actor", CODE, nullable=False),
        sa.Column("key_removed_at", TIME, nullable=True),
        sa.Column("key_removed_how", sa.Text(), nullable=True),
        sa.Column("objects_removed_at", TIME, nullable=True),
        sa.Column("objects", sa.Integer(), nullable=False),
        sa.Column("columns_blanked_at", TIME, nullable=True),
        sa.Column("documents", sa.Integer(), nullable=False),
        *_refers("disposal", inspection_id="inspection"),
        sa.PrimaryKeyConstraint("inspection_id", name=op.f("pk_disposal")),
    )
    op.create_table(
        "certificate",
        *_columns(sa.Uuid(), "id", "inspection_id"),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        *_refers("certificate", inspection_id="inspection"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("inspection_id", name=op.f("uq_certificate_inspection_id")),
    )


def _service() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", TIME, nullable=False),
        *_columns(CODE, "actor", "action", "inspection"),
        *_columns(sa.Text(), "subject", "details"),
        *_columns(CODE, "previous", "hash"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_entry_hash")),
    )
    op.create_index(op.f("ix_audit_entry_inspection"), "audit_entry", ["inspection", "seq"], unique=False)
    op.create_table(
        "outbox_mail",
        *_columns(sa.Uuid(), "id", "person_id"),
        sa.Column("inspection_id", sa.Uuid(), nullable=True),
        sa.Column("template", CODE, nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("sent_at", TIME, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", TIME, nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        *_refers("outbox_mail", inspection_id="inspection", person_id="person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_mail")),
    )
    _index("outbox_mail", "inspection_id", "person_id")
    op.create_table(
        "alarm",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", CODE, nullable=False),
        sa.Column("raised_at", TIME, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("cleared_at", TIME, nullable=True),
        sa.Column("cleared_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm")),
    )
    _unique("uq_alarm_standing", "alarm", ["kind"], "cleared_at IS NULL")
    op.create_table(
        "clock",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("heartbeat_at", TIME, nullable=True),
        sa.Column("offset_seconds", sa.BigInteger(), nullable=False),
        _check("clock_one_row", "id = 1"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
    )


def _check(name: str, rule: str) -> sa.CheckConstraint:
    """Return a rule of a table."""
    return sa.CheckConstraint(rule, name=op.f(f"ck_{name}"))


def _columns(kind: TypeEngine[Any], *names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    """Return columns of one kind."""
    return [sa.Column(name, kind, nullable=nullable) for name in names]


def _refers(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    """Let each column refer to the id of another table."""
    return [
        sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))
        for column, target in columns.items()
    ]


def _index(table: str, *columns: str) -> None:
    """Index each column by itself."""
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def _unique(name: str, table: str, columns: list[str], where: str) -> None:
    """Let only one of the rows that fulfil `where` have the same values in these columns."""
    rows = sa.text(where)
    op.create_index(op.f(name), table, columns, unique=True, sqlite_where=rows, postgresql_where=rows)
