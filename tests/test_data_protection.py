"""The document for the data protection officer has everything that the portal holds, and the periods it keeps."""

import re
import tomllib
from pathlib import Path

from portal.db.tables import Base
from portal.domain.policy import Policy
from portal.domain.throttle import FORGOTTEN_AFTER
from portal.domain.times import say_hours

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs/data-protection.md").read_text("utf-8")
CLASSES = tomllib.loads((ROOT / "tests/security/classes.toml").read_text("utf-8"))


def schedule() -> dict[str, str]:
    """Return for each table the row of the schedule that it is in. Raises AssertionError where it is in two."""
    rows: dict[str, str] = {}
    part = TEXT.partition("\n## Retention schedule\n")[2].partition("\nBeside the database:")[0]
    for line in part.splitlines():
        if line.startswith("|"):
            for table in re.findall(r"`([a-z_]+)`", line.split("|")[2]):
                assert table not in rows, f"{table} is in two rows"
                rows[table] = line
    return rows


def test_every_table_has_its_retention() -> None:
    """No table of the database is left out of the schedule, and the schedule has none that is not there."""
    assert Base.metadata.tables.keys() == CLASSES.keys() == schedule().keys()


def test_every_row_says_what_is_left() -> None:
    """About whom, until when and what is left: no row of the schedule leaves one open."""
    assert [] == [row for row in schedule().values() if len(row.split("|")) != 7 or not all(row.split("|")[1:-1])]


def test_sealed_columns_go_with_the_inspection() -> None:
    """Whatever is sealed by an inspection's key is said to be kept until its disposal."""
    sealed = [table for table, classes in CLASSES.items() if "sealed" in classes]
    assert sealed
    assert [] == [table for table in sealed if "disposed of" not in schedule()[table].split("|")[4]]


def test_the_periods_are_those_that_hold() -> None:
    """Days and hours in the document are the policy's own."""
    policy, rows = Policy(), schedule()
    said = {
        "web_session": [say_hours(policy.session_idle.seconds // 3600), say_hours(policy.session_life.seconds // 3600)],
        "throttle": [say_hours(FORGOTTEN_AFTER.days * 24)],
        "invitation": [f"{policy.invitation_life.days} days"],
        "api_token": [f"{policy.token_life.days} days"],
        "audit_entry": [f"{policy.trail_life.days // 365} years"],
    }
    assert [] == [(table, each) for table, words in said.items() for each in words if each not in rows[table]]
    for setting, days in (("KEY", policy.key_backup_days), ("DATABASE", policy.database_backup_days)):
        assert f"`PORTAL_{setting}_BACKUP_DAYS` ({days} by default)" in TEXT


def test_others_lead_to_it() -> None:
    """Whoever reads the README, how to operate the portal, or about its security finds the way."""
    for name in ("README.md", "docs/operating.md", "docs/security.md"):
        assert re.search(r"\]\((docs/)?data-protection\.md", (ROOT / name).read_text("utf-8")), name
