"""What a database says of its own tables, in a form in which two databases can be compared."""

import re

from sqlalchemy import Engine, text

_POSTGRES = {
    "columns": "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default "
    "FROM information_schema.columns WHERE table_schema = 'public'",
    "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) "
    "FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
}


def schema_of(engine: Engine) -> set[tuple[str, ...]]:
    """Return every column, constraint and index as the database itself describes it, Alembic's own table aside."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            return {
                (kind, *map(str, row))
                for kind, query in _POSTGRES.items()
                for row in connection.execute(text(query))
                if row[0] != "alembic_version"
            }
        rows = connection.execute(text("SELECT tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL")).all()
    return {
        (table, " ".join(line.strip(" \t,").replace('"', "").split()))
        for table, sql in rows
        if table != "alembic_version"
        for line in re.split(r"\n", sql)
    }


def tables_of(engine: Engine) -> set[str]:
    """Return the names of the tables, Alembic's own aside."""
    query = (
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        if engine.dialect.name == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'table'"
    )
    with engine.connect() as connection:
        return set(connection.scalars(text(query))) - {"alembic_version"}
