"""Who may come in: second factors, throttles, sessions in stages, the directory, tokens of scripts, proposals."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
CODE = sa.String(length=64)
NEW = (
    *("step_up", "directory_visit", "directory_identity", "passkey", "recovery_code", "totp"),
    *("api_token", "proposal", "throttle"),
)


def upgrade() -> None:
    with op.batch_alter_table("person") as batch:
        batch.drop_column("failures")
        batch.drop_column("throttled_until")
    sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("invitation", recreate="always" if sqlite else "never") as batch:
        batch.add_column(sa.Column("wrong_codes", sa.Integer(), server_default=sa.text("0"), nullable=False))
    _sessions()
    _factors()
    _directory()
    _scripts_and_proposals()


def downgrade() -> None:
    for table in NEW:
        op.drop_table(table)
    op.drop_table("web_session")
    _table(
        "web_session",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        _id("person_id"),
        _time("created_at"),
        _time("last_seen_at"),
        key=("token_hash",),
        person_id="person",
    )
    with op.batch_alter_table("invitation") as batch:
        batch.drop_column("wrong_codes")
    with op.batch_alter_table("person") as batch:
        batch.add_column(sa.Column("failures", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("throttled_until", TIME, nullable=True))
    op.execute("UPDATE person SET failures = 0")
    with op.batch_alter_table("person") as batch:
        batch.alter_column("failures", existing_type=sa.Integer(), nullable=False)


def _sessions() -> None:
    """Make sessions anew: what was signed in before had no second factor, so all sign in again."""
    op.drop_table("web_session")
    _table(
        "web_session",
        _id("id"),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        _id("person_id"),
        sa.Column("stage", CODE, nullable=False),
        sa.Column("factor", CODE, nullable=True),
        sa.Column("browser", sa.String(length=64), nullable=False),
        _time("created_at"),
        _time("last_seen_at"),
        sa.Column("challenge", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_refresh", sa.LargeBinary(), nullable=True),
        _time("checked_at", nullable=True),
        sa.CheckConstraint("stage IN ('enrolling', 'challenged', 'full')", name=op.f("ck_web_session_stage")),
        sa.CheckConstraint(
            "factor IN ('totp', 'passkey', 'recovery', 'directory')", name=op.f("ck_web_session_factor")
        ),
        sa.CheckConstraint("stage != 'full' OR factor IS NOT NULL", name=op.f("ck_web_session_full_has_factor")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_web_session_token_hash")),
        person_id="person",
    )
    op.create_index(op.f("ix_web_session_last_seen_at"), "web_session", ["last_seen_at"])
    _table(
        "step_up",
        _id("session_id"),
        sa.Column("purpose", CODE, nullable=False),
        _time("granted_at"),
        _of_session("step_up"),
        key=("session_id", "purpose"),
    )


def _factors() -> None:
    _table(
        "totp",
        _id("id"),
        _id("person_id"),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_counter", sa.BigInteger(), nullable=True),
        _time("created_at"),
        _time("confirmed_at", nullable=True),
        person_id="person",
    )
    _single("totp", "confirmed", "confirmed_at IS NOT NULL", "person_id")
    _single("totp", "waiting", "confirmed_at IS NULL", "person_id")
    _table(
        "passkey",
        _id("id"),
        _id("person_id"),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("label", CODE, nullable=False),
        _time("created_at"),
        _time("last_used_at", nullable=True),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
        person_id="person",
    )
    _table(
        "recovery_code",
        _id("id"),
        _id("person_id"),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        _time("made_at"),
        _time("used_at", nullable=True),
        sa.UniqueConstraint("code_hash", name=op.f("uq_recovery_code_code_hash")),
        person_id="person",
    )
    _table(
        "throttle",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        _time("waits_until", nullable=True),
        _time("last_at"),
        key=("key",),
    )
    op.create_index(op.f("ix_throttle_last_at"), "throttle", ["last_at"])


def _directory() -> None:
    _table(
        "directory_identity",
        _id("id"),
        _id("person_id"),
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        _time("created_at"),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_directory_identity_issuer_subject")),
        person_id="person",
    )
    _table(
        "directory_visit",
        sa.Column("state_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_flow", sa.LargeBinary(), nullable=False),
        _id("session_id", nullable=True),
        sa.Column("purpose", CODE, nullable=False),
        sa.Column("next_path", sa.Text(), nullable=False),
        _time("made_at"),
        _of_session("directory_visit"),
        key=("state_hash",),
    )
    for column in ("session_id", "made_at"):
        op.create_index(op.f(f"ix_directory_visit_{column}"), "directory_visit", [column])


def _scripts_and_proposals() -> None:
    _table(
        "api_token",
        _id("id"),
        _id("inspection_id"),
        sa.Column("purpose", CODE, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        _id("made_by"),
        _time("made_at"),
        _time("expires_at"),
        _time("revoked_at", nullable=True),
        _time("last_used_at", nullable=True),
        sa.CheckConstraint("purpose IN ('send', 'read', 'audit')", name=op.f("ck_api_token_purpose")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
        inspection_id="inspection",
        made_by="person",
    )
    kinds = "'earlier_publication', 'retracted_publication', 'early_disposal', 'lift_hold', 'break_glass'"
    checks = {
        "kind": f"kind IN ({kinds})",
        "outcome": "outcome IN ('approved', 'refused', 'withdrawn', 'lapsed')",
        "decided_has_time": "(outcome IS NULL) = (decided_at IS NULL)",
        "about_one_thing": "(programme_id IS NULL) != (inspection_id IS NULL)",
        "two_people": "outcome IN ('withdrawn', 'lapsed') OR decided_by != proposed_by",
    }
    _table(
        "proposal",
        _id("id"),
        sa.Column("kind", CODE, nullable=False),
        _id("programme_id", nullable=True),
        _id("inspection_id", nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=True),
        _id("proposed_by"),
        _time("proposed_at"),
        _time("expires_at"),
        sa.Column("outcome", CODE, nullable=True),
        _id("decided_by", nullable=True),
        _time("decided_at", nullable=True),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_proposal_{name}")) for name, rule in checks.items()),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_proposal_decided_by_person")),
        programme_id="programme",
        inspection_id="inspection",
        proposed_by="person",
    )
    for thing in ("programme", "inspection"):
        _single("proposal", thing, f"outcome IS NULL AND {thing}_id IS NOT NULL", "kind", f"{thing}_id")


def _table(name: str, *parts: sa.schema.SchemaItem, key: tuple[str, ...] = ("id",), **refers: str) -> None:
    """Make a table; each of `refers` is a column that names a row of another table, with an index of its own."""
    foreign = (
        sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{name}_{column}_{target}"))
        for column, target in refers.items()
    )
    op.create_table(name, *parts, *foreign, sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}")))
    for column in refers:
        op.create_index(op.f(f"ix_{name}_{column}"), name, [column])


def _of_session(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_session_id_web_session")
    return sa.ForeignKeyConstraint(["session_id"], ["web_session.id"], name=name, ondelete="CASCADE")


def _single(table: str, name: str, condition: str, *columns: str) -> None:
    where = sa.text(condition)
    op.create_index(
        op.f(f"uq_{table}_{name}"), table, list(columns), unique=True, sqlite_where=where, postgresql_where=where
    )


def _id(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, TIME, nullable=nullable)
