"""`docs/security.md` says what is there: roles, limits, classes of data, cryptography, ways out."""

from portal.domain.roles import MATRIX, Role
from tests.security import document
from tests.security.inventory import CLASSES, CRYPTOGRAPHY, NETWORK, ROOT, columns, imported, imports_of, load

PAGE = (ROOT / "docs/security.md").read_text("utf-8")


def entries(kind: str) -> list[str]:
    """Return every `module: package` of the inventory."""
    return [entry for each in load("cryptography.toml")[kind] for entry in each["modules"]]


def test_the_page_has_the_tables_of_the_code() -> None:
    """The tables are those of code and data: run `python -m tests.security.document` after a change (V8.1.1)."""
    assert document.security_page(PAGE) == PAGE


def test_every_role_is_in_the_matrix() -> None:
    """No role is left out of the page, and none of its permissions."""
    assert list(Role) == list(document.SHORT)
    assert sum(map(len, MATRIX.values())) == document.roles_table().count("| yes ")


def test_every_column_has_one_class() -> None:
    """Each column of each table is classified, once, as one of the classes that the page explains (V14.1.1)."""
    classified = load("classes.toml")
    named = {table: [column for each in classes.values() for column in each] for table, classes in classified.items()}
    assert columns() == {table: set(each) for table, each in named.items()}
    assert [] == [table for table, each in named.items() if len(each) != len(set(each))]
    assert set(CLASSES) == {each for classes in classified.values() for each in classes}
    assert [] == [each for each in CLASSES if f"\n- **{each}**" not in PAGE]


def test_names_of_columns_say_how_they_are_kept() -> None:
    """What is typed or lets somebody in is sealed, hashed or public by nature, and its name says so (V14.2.4)."""
    for table, classes in load("classes.toml").items():
        sealed = {column for column in columns()[table] if column.startswith("sealed_")}
        assert sealed <= {*classes.get("sealed", []), *classes.get("credential", [])}
        assert [] == [each for each in classes.get("sealed", []) if not each.startswith("sealed_")]
        hashed = {column for column in columns()[table] if column.endswith("_hash")}
        assert hashed <= set(classes.get("credential", []))


def test_the_cryptographic_inventory_is_whole() -> None:
    """Each import of cryptography is in the inventory once, and nothing is in it that is imported no more (V11.1.2)."""
    assert sorted(imported(CRYPTOGRAPHY)) == sorted(entries("use"))


def test_every_way_out_is_known() -> None:
    """Nothing but these modules can reach another machine (V13.2.4)."""
    assert sorted(imported(NETWORK)) == sorted(entries("way_out"))


def test_the_inventory_sees_imports() -> None:
    """However a package is imported, it is seen; a name that only begins alike is not."""
    source = "import hashlib\nfrom urllib import request\ndef late():\n    from ssl import SSLContext\nimport sslx"
    assert {"hashlib", "ssl", "urllib.request"} == imports_of(source, CRYPTOGRAPHY | NETWORK)
