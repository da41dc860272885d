"""A fresh database lets nobody in (ASVS V6.3.2)."""

from sqlalchemy import Engine, func, select

import portal.db.credentials
import portal.db.endings
import portal.db.exchanges
import portal.db.proposals
import portal.db.registers  # noqa: F401 -- each of them adds its tables to the metadata
from portal.db.engine import reading
from portal.db.tables import Base


def test_a_fresh_database_has_nobody_in_it(engine: Engine) -> None:
    """No account, token, key or anything else is there but the one row of the clock."""
    with reading(engine) as session:
        counts = {
            table.name: session.scalar(select(func.count()).select_from(table)) for table in Base.metadata.sorted_tables
        }
    assert {"clock": 1} == {name: count for name, count in counts.items() if count}
