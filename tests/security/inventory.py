"""What the code imports of cryptography and of the network, and what kinds of data the tables hold."""

import ast
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import portal.db.credentials
import portal.db.exchanges
import portal.db.proposals
import portal.db.registers  # noqa: F401 -- each of them adds its tables to the metadata
from portal.db.tables import Base

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
CRYPTOGRAPHY = frozenset(
    {"argon2", "authlib", "aws_encryption_sdk", "cryptography", "flask_wtf", "hashlib", "hmac", "itsdangerous"}
    | {"joserfc", "jwt", "pyotp", "secrets", "ssl", "webauthn", "nacl", "Crypto", "OpenSSL"}
)
"""Packages that do cryptography, also those that nobody should begin to use unseen."""
NETWORK = frozenset(
    {"aiohttp", "boto3", "botocore", "ftplib", "govuk_bank_holidays", "http.client", "httpx"}
    | {"notifications_python_client", "requests", "smtplib", "socket", "telnetlib", "urllib.request", "urllib3"}
)
"""Packages that can reach another machine."""
CLASSES: Mapping[str, str] = {
    "public": "anybody may know it: names of agencies, days, titles",
    "account": "names and addresses of people with an account",
    "credential": "lets somebody in, or opens something; only as a hash, or sealed",
    "sealed": "what was sent or typed about cases and people, sealed",
    "digest": "digests of documents and names",
    "proof": "the trail and certificates",
    "record": "who did what and when, by ids, codes, times and counts",
}


def load(name: str) -> dict[str, Any]:
    """Return a table of this folder."""
    return tomllib.loads((HERE / name).read_text("utf-8"))


def imports_of(source: str, wanted: frozenset[str]) -> set[str]:
    """Return which of the wanted packages, or modules by their dotted names, a source imports anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        names = []
        if isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{each.name}" for each in node.names)]
        found |= {want for want in wanted for name in names if name == want or name.startswith(want + ".")}
    return found


def imported(wanted: frozenset[str]) -> set[str]:
    """Return `module: package` for each wanted package that a module of the portal or the schemas imports."""
    return {f"{name}: {package}" for name, path in modules() for package in imports_of(path.read_text("utf-8"), wanted)}


def modules() -> Iterator[tuple[str, Path]]:
    """Yield every module of ours with its file."""
    for folder in ("portal", "schemas"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), path


def columns() -> dict[str, set[str]]:
    """Return the columns of every table."""
    return {table.name: {column.name for column in table.columns} for table in Base.metadata.sorted_tables}
