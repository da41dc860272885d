"""The settings: what an empty environment gives, what is refused, and that the page about them is whole."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from portal.domain.policy import MIB
from portal.domain.variables import DEFINITIONS, DEVELOPMENT_SECRET
from portal.settings import SettingsError, read
from portal.wiring import start
from tests.cli.document import DOCS, settings_page
from tests.world import OWNER

PRODUCTION = {
    "PORTAL_PROFILE": "production",
    "PORTAL_DATA": "/srv/portal/data",
    "PORTAL_STORE": "folder",
    "PORTAL_KEYS": "/srv/portal/keys",
    "PORTAL_SIGNING_KEYS": "/srv/portal/signing",
    "PORTAL_ANCHORS": "/srv/portal/anchors",
    "PORTAL_MAIL": "/srv/portal/mail",
    "PORTAL_SECRET_KEY": "thirty-two characters, or more!!",
    "PORTAL_PUBLIC_URL": "https://evidence.example",
    **OWNER,
}
NEEDED = [each.variable for each in DEFINITIONS if each.needed_in_production]
NUMBERS = [each.variable for each in DEFINITIONS if (each.default or "").isdigit() and each.name != "debug"]
ADDRESS = "PORTAL_PUBLIC_URL must be a scheme and a host alone, such as https://portal.example."
STORE = "PORTAL_STORE must be folder or s3://BUCKET."


def production_faults(**changes: str) -> list[str]:
    """Return the faults of the production settings with some changed; names without `PORTAL_`."""
    return read({**PRODUCTION, **{f"PORTAL_{name}": value for name, value in changes.items()}})[1]


def development_faults(**changes: str) -> list[str]:
    """Return the faults of these settings in the development profile; names without `PORTAL_`."""
    return read({f"PORTAL_{name}": value for name, value in changes.items()})[1]


def test_empty_environment_is_development(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any setting the portal is the embedded default, below the folder that it starts in."""
    monkeypatch.chdir(tmp_path)

    settings, faults = read({})

    assert [] == faults
    assert not settings.production
    assert f"sqlite:///{tmp_path}/var/data/portal.sqlite3" == settings.database_url
    assert tmp_path / "var/keys" == settings.keys
    assert ("127.0.0.1", 8000) == settings.listen
    assert 500 * MIB == settings.policy.max_file_bytes


def test_empty_variables_are_unset_ones() -> None:
    """A variable that is set to nothing means its default, not an empty path or number."""
    assert read({}) == read({each.variable: "" for each in DEFINITIONS if each.name != "profile"})


def test_other_variables_are_none_of_its_business() -> None:
    """Variables that do not begin with PORTAL_ are no faults, nor are those of the tests."""
    assert [] == read({"HOME": "/nowhere", "PORTAL_TEST_ALL_PARTS": "1"})[1]


def test_production_with_all_it_needs_has_no_fault() -> None:
    """The smallest set of production settings is accepted as it stands."""
    settings, faults = read(PRODUCTION)

    assert [] == faults
    assert settings.production


def test_production_list_is_the_smallest() -> None:
    """What production needs is what these tests give it, so that each is tried below."""
    assert set(NEEDED) | {"PORTAL_PROFILE"} == set(PRODUCTION)


@pytest.mark.parametrize("variable", NEEDED)
def test_production_names_what_is_not_set(variable: str) -> None:
    """A setting that production needs is named when it is not set, and just as well when it is empty."""
    unset = {name: value for name, value in PRODUCTION.items() if name != variable}

    faults = read(unset)[1]

    assert faults[0].startswith(f"{variable} is not set: ")
    assert faults == read({**unset, variable: ""})[1]


def test_production_refuses_the_development_secret() -> None:
    """The secret that everybody can read in the source keeps nothing secret."""
    assert ["PORTAL_SECRET_KEY is the development default: set a secret of your own."] == production_faults(
        SECRET_KEY=DEVELOPMENT_SECRET
    )


def test_production_refuses_a_short_secret() -> None:
    """A secret has 32 characters or more."""
    assert ["PORTAL_SECRET_KEY must have at least 32 characters."] == production_faults(SECRET_KEY="x" * 31)
    assert [] == production_faults(SECRET_KEY="x" * 32)


@pytest.mark.parametrize("on", ["1", "true", "false", "no"])
def test_production_refuses_debug(on: str) -> None:
    """Whatever is not plainly off counts as on."""
    assert ["PORTAL_DEBUG is on: it must be off in production."] == production_faults(DEBUG=on)
    assert [] == production_faults(DEBUG="0")


def test_production_refuses_an_address_without_https() -> None:
    """People's passwords and documents go over https alone; development may do without."""
    assert ["PORTAL_PUBLIC_URL must begin with https:// in production."] == production_faults(
        PUBLIC_URL="http://evidence.example"
    )
    assert [] == development_faults(PUBLIC_URL="http://localhost:8000")


def test_nothing_leaves_this_machine_in_the_clear() -> None:
    """Store and database are asked over TLS that checks their certificates; on the machine itself they need none."""
    store = {"STORE": "s3://evidence"}
    assert ["PORTAL_S3_ENDPOINT must begin with https:// in production, but for a store on this machine."] == (
        production_faults(S3_ENDPOINT="http://store.example:9000", **store)
    )
    assert [] == production_faults(S3_ENDPOINT="https://store.example:9000", **store)
    assert [] == production_faults(S3_ENDPOINT="http://127.0.0.1:9000", **store)
    database = "postgresql+psycopg://portal:word@database.example/portal"
    wrong = ["PORTAL_DATABASE_URL must end with ?sslmode=verify-full, but for a database on this machine."]
    assert wrong == production_faults(DATABASE_URL=database)
    assert wrong == production_faults(DATABASE_URL=f"{database}?sslmode=require")
    assert wrong == production_faults(DATABASE_URL="postgresql+psycopg:///portal?host=database.example")
    assert [] == production_faults(DATABASE_URL=f"{database}?sslmode=verify-full")
    assert [] == production_faults(DATABASE_URL="postgresql+psycopg:///portal?host=/run/postgresql")
    assert [] == production_faults(DATABASE_URL="postgresql+psycopg://portal@127.0.0.1/portal")


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("https://evidence.inspectorate.gov.uk", True),
        ("https://EVIDENCE.gov.uk:8443", True),
        ("https://evidence.example", False),
        ("https://gov.uk", False),
        ("https://notgov.uk", False),
        ("https://evidence.gov.uk.example", False),
        ("https://evidence.gov.uk@evidence.example", False),
    ],
)
def test_the_brand_is_for_gov_uk_alone(address: str, may: bool) -> None:
    """In production the look of GOV.UK is refused anywhere else; development may look at it, and ours goes anywhere."""
    words = "PORTAL_BRAND must be plain: the host of PORTAL_PUBLIC_URL is not below gov.uk."

    assert ([] if may else [words]) == production_faults(BRAND="govuk", PUBLIC_URL=address)
    assert [] == production_faults(BRAND="plain", PUBLIC_URL=address)
    assert [] == development_faults(BRAND="govuk")


def test_there_are_two_brands() -> None:
    """Another brand is named, beside what else is wrong; none is our own look."""
    words = "PORTAL_BRAND must be plain or govuk, not 'GOVUK'."

    assert [words] == development_faults(BRAND="GOVUK")
    assert [ADDRESS, words] == development_faults(BRAND="GOVUK", PUBLIC_URL="https://[")
    assert 3 == len(production_faults(BRAND="govuk", PUBLIC_URL="https://[", SECRET_KEY="short"))
    assert "plain" == read({})[0].brand


@pytest.mark.parametrize(
    "address", ["evidence.example", "https://", "https://[", "https://a.example/path", "https://a.example#x", "ftp://a"]
)
def test_public_address_is_a_scheme_and_a_host(address: str) -> None:
    """Links are made by adding a path to the public address, so it has none of its own."""
    assert [ADDRESS] == development_faults(PUBLIC_URL=address)


def test_slash_after_the_public_address_does_not_matter() -> None:
    """An address that ends in a slash is the same address."""
    assert "https://evidence.example" == read({"PORTAL_PUBLIC_URL": "https://evidence.example/"})[0].public_url


@pytest.mark.parametrize("profile", ["Production", "test", " development"])
def test_unknown_profile_is_as_strict_as_production(profile: str) -> None:
    """A mistyped profile is named, and nothing is forgiven on its account."""
    settings, faults = read({"PORTAL_PROFILE": profile})

    assert f"PORTAL_PROFILE must be development or production, not {profile!r}." == faults[0]
    assert settings.production


def test_unknown_setting_is_named() -> None:
    """A variable that looks like a setting and is none was probably mistyped."""
    assert ["PORTAL_DATABSE_URL is not a setting of the portal."] == development_faults(DATABSE_URL="sqlite://")


@pytest.mark.parametrize("variable", NUMBERS)
@pytest.mark.parametrize("value", ["0", "-1", "1.5", "many", "²"])
def test_numbers_are_whole_and_above_nought(variable: str, value: str) -> None:
    """A number that cannot be used is named with what was given."""
    assert f"{variable} must be a whole number above 0, not {value!r}." in read({variable: value})[1]


def test_numbers_are_taken() -> None:
    """What is set is what holds."""
    settings, faults = read(dict.fromkeys(NUMBERS, "7") | {"PORTAL_THREADS": "9"})

    assert [] == faults
    assert (9, 7, 7) == (settings.threads, settings.uploads_at_once, settings.policy.key_backup_days)


def test_uploads_leave_threads_for_pages() -> None:
    """As many uploads as threads would leave no thread for pages."""
    words = "PORTAL_UPLOADS_AT_ONCE must be below PORTAL_THREADS, so that pages are still answered."

    assert [words] == development_faults(THREADS="8", UPLOADS_AT_ONCE="8")
    assert [] == development_faults(THREADS="8", UPLOADS_AT_ONCE="7")


@pytest.mark.parametrize("listen", ["8000", "localhost", ":8000", "localhost:web", "localhost:65536"])
def test_listen_is_a_host_and_a_port(listen: str) -> None:
    """The server is told both a host and a port."""
    assert [f"PORTAL_LISTEN must be HOST:PORT, not {listen!r}."] == development_faults(LISTEN=listen)


def test_the_bucket_of_checkpoints_is_a_bucket_of_its_own() -> None:
    """Nothing in it can be deleted for years, so that it must not hold what is to be disposed of."""
    assert [] == development_faults(ANCHOR_BUCKET="s3://locked")
    assert ["PORTAL_ANCHOR_BUCKET must be s3://BUCKET."] == development_faults(ANCHOR_BUCKET="s3://locked/below")
    [fault] = development_faults(ANCHOR_BUCKET="s3://evidence", STORE="s3://evidence")
    assert "another bucket than PORTAL_STORE" in fault


@pytest.mark.parametrize(("store", "faults"), [("s3://bucket", []), ("s3://", [STORE]), ("bucket", [STORE])])
def test_store_is_the_folder_or_a_bucket(store: str, faults: list[str]) -> None:
    """There are two kinds of store."""
    assert faults == development_faults(STORE=store)


@pytest.mark.parametrize(
    ("address", "accepted"),
    [("postgresql+psycopg://db/portal", True), ("postgresql://db", True), ("mysql://db", False), ("portal.db", False)],
)
def test_database_is_sqlite_or_postgresql(address: str, accepted: bool) -> None:
    """The two databases that the tests run on are the two that are accepted."""
    words = "PORTAL_DATABASE_URL must begin with sqlite:/// or postgresql+psycopg://."

    assert ([] if accepted else [words]) == development_faults(DATABASE_URL=address)


@pytest.mark.parametrize("name", ["KEYS", "SIGNING_KEYS", "ANCHORS"])
def test_keys_and_checkpoints_lie_outside_the_data(name: str, tmp_path: Path) -> None:
    """A backup of the data folder must hold no key; neither `..` nor a link gets round that."""
    data = tmp_path / "data"
    data.mkdir()
    (tmp_path / "link").symlink_to(data)

    for inside in (data, data / "keys", tmp_path / "other/../data/keys", tmp_path / "link/keys"):
        assert [f"PORTAL_{name} must lie outside PORTAL_DATA."] == development_faults(
            DATA=str(data), **{name: str(inside)}
        )
    assert [] == development_faults(DATA=str(data), **{name: str(tmp_path / "data-keys")})


def test_all_faults_are_named_at_once() -> None:
    """An operator learns of everything in one go, and not of a new fault after each repair."""
    environment: Mapping[str, str] = {
        "PORTAL_PROFILE": "production",
        "PORTAL_DATA": "/srv/portal",
        "PORTAL_KEYS": "/srv/portal/keys",
        "PORTAL_STORE": "bucket",
        "PORTAL_SECRET_KEY": "short",
        "PORTAL_PUBLIC_URL": "http://evidence.example",
        "PORTAL_LISTEN": "everywhere",
        "PORTAL_DEBUG": "1",
        "PORTAL_THREADS": "none",
        "PORTAL_THREAD": "8",
        "PORTAL_BRAND": "govuk",
    }

    faults = read(environment)[1]

    assert 20 == len(faults)
    unset = ["PORTAL_SIGNING_KEYS", "PORTAL_ANCHORS", "PORTAL_MAIL", *OWNER]
    assert unset == [each.split()[0] for each in faults[:11]]
    assert {"THREAD", "LISTEN", "THREADS", "STORE", "KEYS", "SECRET_KEY", "DEBUG", "PUBLIC_URL", "BRAND"} == {
        each.split()[0].removeprefix("PORTAL_") for each in faults[11:]
    }


def test_checking_is_set_in_a_form_that_can_be_used(tmp_path: Path) -> None:
    """A scanner is named by a socket or a port, a definition by its version; a file of effects has all faults named."""
    form = ["PORTAL_CLAMD must be unix:///PATH or tcp://HOST:PORT."]
    for wrong in (
        "clamd",
        "unix://run/clamd.ctl",
        "tcp://clamd",
        "tcp://clamd:3310/x",
        "tcp://clamd:many",
        "http://c:1",
    ):
        assert form == development_faults(CLAMD=wrong)
    assert [] == development_faults(CLAMD="unix:///run/clamav/clamd.ctl")
    assert [] == development_faults(CLAMD="tcp://127.0.0.1:3310")
    assert ["PORTAL_CLAMD must be on this machine: what is scanned goes there in the clear."] == (
        development_faults(CLAMD="tcp://clamd.example:3310")
    )
    assert ["PORTAL_A1_DEFINITION must be a version, such as illustrative-2023, or an absolute path."] == (
        development_faults(A1_DEFINITION="../own")
    )
    assert (True, False) == (read(PRODUCTION)[0].policy.scanner_needed, read({})[0].policy.scanner_needed)
    assert "/own.toml" == read({"PORTAL_A1_DEFINITION": "/own.toml"})[0].policy.a1_definition
    effects = tmp_path / "effects.toml"
    effects.write_text('malware = "note"\nmagic = "flag"\npassword = "quarantine"\n')
    environment = {"PORTAL_DATA": str(tmp_path), "PORTAL_CHECK_EFFECTS": str(effects)}
    with pytest.raises(SettingsError) as refused:
        start(environment)
    assert ["PORTAL_CHECK_EFFECTS: malware is always quarantined.", "PORTAL_CHECK_EFFECTS: magic is not a check."] == [
        each for each in refused.value.faults if "EFFECTS" in each
    ]
    with pytest.raises(SettingsError, match=r"PORTAL_A1_DEFINITION cannot be used: .* There are: .*illustrative-2023"):
        start({"PORTAL_DATA": str(tmp_path), "PORTAL_A1_DEFINITION": "own-2024"})
    with pytest.raises(SettingsError, match="cannot be read"):
        start({**environment, "PORTAL_CHECK_EFFECTS": str(tmp_path / "none.toml")})


@pytest.mark.parametrize(("slot", "refused"), [("support", False), ("help", True), ("workbook", True)])
def test_an_own_form_keeps_the_places_of_the_checklist(tmp_path: Path, slot: str, *, refused: bool) -> None:
    """Each sheet of the A1 form has its place as a CSV file; else they would never be checked together."""
    text = (DOCS.parent / "schemas" / "a1.illustrative-2023.toml").read_text()
    own = tmp_path / "own.toml"
    own.write_text(text.replace('slot = "support"', f'slot = "{slot}"').replace('"illustrative-2023"', '"own-1"'))
    with pytest.raises(SettingsError) as said:
        start({"PORTAL_DATA": str(tmp_path), "PORTAL_A1_DEFINITION": str(own), "PORTAL_CHECK_EFFECTS": "/none"})
    fault = (
        "PORTAL_A1_DEFINITION cannot be used: the slots of its sheets must be those of checklist 2023: "
        "children, adopters, support."
    )
    assert ([fault] if refused else []) == [each for each in said.value.faults if "A1_DEFINITION" in each]


def test_page_has_the_table_of_the_code() -> None:
    """`docs/settings.md` lists every setting as the code has it: run `python -m tests.cli.document` after a change."""
    page = (DOCS / "settings.md").read_text()

    assert settings_page(page) == page


@pytest.mark.parametrize(
    "setting", [{"PORTAL_LISTEN": "0.0.0.0:8000"}, {"PORTAL_PUBLIC_URL": "https://portal.example"}]
)
def test_the_development_profile_serves_this_machine_alone(setting: dict[str, str]) -> None:
    """Its secret and its passwords are known to everybody, so it may not be reached from elsewhere."""
    _settings, faults = read(setting)
    assert ["The development profile serves this machine alone"] == [fault.partition(":")[0] for fault in faults]
    assert [] == read({})[1]
