"""The settings of single sign-on: what is faulty is named at start, and what claims and roles are read from them."""

from pathlib import Path

import pytest

from portal.domain.directory import roles_by_value, safe_address, words_at
from portal.domain.roles import TEAM, Role
from portal.settings import SettingsError, read
from portal.wiring import start

RIGHT = {
    "OIDC_ISSUER": "https://directory.example/tenant/v2.0",
    "OIDC_CLIENT_ID": "portal",
    "OIDC_CLIENT_SECRET": "secret",
    "OIDC_ROLES": "inspector=Inspect, administrator=Administer,data_protection_officer=Inspect",
    "OIDC_AMR": "mfa",
}


def _faults(**changes: str) -> list[str]:
    return read({f"PORTAL_{name}": value for name, value in {**RIGHT, **changes}.items()})[1]


def test_what_is_right_has_no_fault() -> None:
    """And without an issuer nothing else of it is asked for."""
    assert [] == _faults()
    assert [] == _faults(STAFF_SIGN_IN="directory")
    settings, _none = read({f"PORTAL_{name}": value for name, value in {**RIGHT, "STAFF_SIGN_IN": "directory"}.items()})
    assert (True, False) == (settings.policy.staff_by_directory, read({})[0].policy.staff_by_directory)
    assert "secret" not in repr(settings.single_sign_on).replace("client_secret", "")


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("PORTAL_OIDC_ISSUER", {"OIDC_ISSUER": "http://directory.example"}),
        ("PORTAL_OIDC_ISSUER", {"OIDC_ISSUER": "https://directory.example/?tenant=a"}),
        ("PORTAL_OIDC_ISSUER", {"OIDC_ISSUER": "https://["}),
        ("PORTAL_OIDC_ISSUER", {"OIDC_ISSUER": "", "STAFF_SIGN_IN": "directory"}),
        ("PORTAL_OIDC_CLIENT_ID", {"OIDC_CLIENT_ID": ""}),
        ("PORTAL_OIDC_CLIENT_SECRET", {"OIDC_CLIENT_SECRET": ""}),
        ("PORTAL_OIDC_CLIENT_SECRET", {"OIDC_CLIENT_SECRET_FILE": "/run/secrets/oidc"}),
        ("PORTAL_OIDC_SCOPES", {"OIDC_SCOPES": "profile"}),
        ("PORTAL_OIDC_ROLES ", {"OIDC_ROLES": ""}),
        ("PORTAL_OIDC_ROLES ", {"OIDC_ROLES": "leader=Lead"}),
        ("PORTAL_OIDC_ROLES ", {"OIDC_ROLES": "inspector="}),
        ("PORTAL_OIDC_ACR", {"OIDC_AMR": ""}),
        ("PORTAL_STAFF_SIGN_IN", {"STAFF_SIGN_IN": "password"}),
    ],
)
def test_each_fault_is_named(name: str, changes: dict[str, str]) -> None:
    """One sentence for each, with the setting's name."""
    [fault] = _faults(**changes)
    assert name in fault


def test_addresses_keep_secrets() -> None:
    """By https, or in development on this machine alone; never with a name and password in them."""
    assert safe_address("http://localhost:9400", production=False)
    assert not safe_address("http://localhost:9400", production=True)
    wrong = ("http://directory.example", "https://a:b@directory.example", "https://", "ftp://a", "https://a/#b", "x")
    assert [] == [each for each in wrong if safe_address(each, production=False)]


def test_a_value_may_stand_for_several_kinds() -> None:
    """A directory with one group for all staff is as good."""
    roles = roles_by_value(RIGHT["OIDC_ROLES"])
    assert {"Inspect": TEAM | {Role.data_protection_officer}, "Administer": {Role.administrator}} == roles


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("roles", ["a", "b"]),
        ("organisation.id", ["c"]),
        ("https://x.example/roles", ["d"]),
        ("organisation", []),
        ("organisation.name", None),
        ("roles.id", None),
        ("number", []),
        ("nothing", None),
    ],
)
def test_claims_are_read_by_path(path: str, found: list[str] | None) -> None:
    """Text, or texts; what is there and is neither has none, and what is not there is asked for elsewhere."""
    claims = {"roles": ["a", 1, "b"], "organisation": {"id": "c"}, "https://x.example/roles": "d", "number": 7}
    assert found == words_at(claims, path)


def test_the_secrets_file_is_read_at_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is not there, or is empty, is named."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "oidc"
    given = {f"PORTAL_{name}": value for name, value in RIGHT.items() if name != "OIDC_CLIENT_SECRET"}
    for content, words in ((None, "cannot be read"), ("\n", "is empty")):
        if content is not None:
            file.write_text(content)
        with pytest.raises(SettingsError) as refused:
            start({**given, "PORTAL_OIDC_CLIENT_SECRET_FILE": str(file)})
        assert f"{file}, named by PORTAL_OIDC_CLIENT_SECRET_FILE, {words}" in str(refused.value)
