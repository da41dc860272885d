"""Nothing wrong goes unseen: what needs a password cannot be scanned, and is not called clean."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _allow("scan IN ('unscanned', 'clean', 'infected', 'locked')")


def downgrade() -> None:
    op.execute("UPDATE document_check SET scan = 'unscanned' WHERE scan = 'locked'")
    _allow("scan IN ('unscanned', 'clean', 'infected')")


def _allow(rule: str) -> None:
    name = op.f("ck_document_check_scan")
    with op.batch_alter_table("document_check") as batch:
        batch.drop_constraint(name, type_="check")
        batch.create_check_constraint(name, rule)
