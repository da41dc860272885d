"""What a set-up fetches and what a wheel carries."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "portal/web/static/govuk"
BRAND = ROOT / "portal/web/brand"
DESIGN_SYSTEM = ROOT / "node_modules/govuk-frontend/dist/govuk"


@pytest.fixture(scope="module")
def assets() -> ModuleType:
    """Return `infra/build_assets.py`, which is a script and in no package."""
    module = ModuleType("build_assets")
    path = ROOT / "infra/build_assets.py"
    module.__file__ = str(path)
    exec(compile(path.read_text(), path, "exec"), module.__dict__)
    return module


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    """Return the wheel that this tree makes, built with no way to fetch anything."""
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    offline = {**os.environ, "PIP_NO_INDEX": "1", "npm_config_offline": "true"}
    done = subprocess.run(command, env=offline, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = out.glob("*.whl")
    return ZipFile(path)


def test_wheel_is_the_tree(wheel: ZipFile) -> None:
    """The wheel holds every file of the two packages, the built assets too, and nothing else: no tests, no tools."""
    kept = {
        path.relative_to(ROOT).as_posix()
        for package in ("portal", "schemas")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.name != ".stamp"
    }
    assert kept == {name for name in wheel.namelist() if ".dist-info/" not in name}


@pytest.mark.parametrize(
    "pattern",
    [
        r"portal/web/static/govuk/govuk-frontend\.min\.css",
        r"portal/web/static/govuk/govuk-frontend\.min\.js",
        r"portal/web/static/(portal\.(css|js)|passkeys\.js)",
        r"portal/web/brand/fonts/.+\.woff2",
        r"portal/web/brand/images/govuk-crest\.svg",
        r"portal/web/templates/base\.html",
        r"portal/web/templates/provider/task_list\.html",
        r"schemas/checklist\..+\.toml",
        r"portal/db/migrations/env\.py",
        r"portal/db/migrations/versions/\w*\d\w*\.py",
        r"evidence_portal-.+\.dist-info/entry_points\.txt",
    ],
)
def test_wheel_holds(wheel: ZipFile, pattern: str) -> None:
    """The wheel holds what an installed portal cannot do without."""
    assert any(re.fullmatch(pattern, name) for name in wheel.namelist())


def test_wheel_holds_the_built_assets(wheel: ZipFile) -> None:
    """The style sheet in the wheel is the built one, byte for byte."""
    name = "govuk-frontend.min.css"
    assert (STATIC / name).read_bytes() == wheel.read(f"portal/web/static/govuk/{name}")


def test_wheel_holds_the_brand_as_it_came(wheel: ZipFile) -> None:
    """Styles, fonts and images of gov.uk are in a folder of their own, each byte for byte the design system's."""
    came = {path.relative_to(DESIGN_SYSTEM / "assets"): path for path in (DESIGN_SYSTEM / "assets").rglob("*.*")}
    came[Path("govuk-frontend.min.css")] = DESIGN_SYSTEM / "govuk-frontend.min.css"
    wanted = {f"portal/web/brand/{name.as_posix()}": path.read_bytes() for name, path in came.items()}
    assert wanted == {name: wheel.read(name) for name in wheel.namelist() if name.startswith("portal/web/brand/")}
    elsewhere = [name for name in wheel.namelist() if not name.startswith("portal/web/brand/")]
    assert [] == [name for name in elsewhere if re.search(r"crest|\.woff2?$|\.ico$", name)]


def test_lock_is_exact_and_names_no_address() -> None:
    """npm's lock pins versions and digests, and says of no package where it came from."""
    lock = json.loads((ROOT / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages["node_modules/govuk-frontend"]["version"] == "6.3.0"
    assert [name for name, entry in packages.items() if not entry["integrity"].startswith("sha512-")] == []
    assert "resolved" not in (ROOT / "package-lock.json").read_text()
    assert "://" not in (ROOT / "package-lock.json").read_text()


def test_requirements_are_hashed_and_name_no_address() -> None:
    """Each locked requirement has a digest, and no file says where packages come from."""
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text()
        entries = re.split(r"^(?=\w)", text, flags=re.MULTILINE)[1:]
        assert [entry for entry in entries if "--hash=sha256:" not in entry] == [], path.name
        assert "://" not in text, path.name


def test_served_styles_are_free_to_use() -> None:
    """What is served has no font or crest that only gov.uk domains may show, and asks for no other file."""
    css = (STATIC / "govuk-frontend.min.css").read_text()
    assert re.findall(r"GDS Transport|@font-face|govuk-crest|sourceMappingURL|url\((?!data:)[^)]*\)", css) == []
    assert css.count("var(--portal-font)") > 40
    assert {"govuk-frontend.min.css", "govuk-frontend.min.js", ".stamp"} == {path.name for path in STATIC.iterdir()}


def test_restricted_parts_are_taken_out(assets: ModuleType) -> None:
    """Fonts, their notice and pictures go; every other rule stays as it is."""
    css = (
        "/*! Copyright of a font */@font-face{font-family:GDS Transport;src:url(/assets/fonts/light.woff2)}"
        ".a{font-family:GDS Transport,arial,sans-serif;color:red}.b{background:url(/assets/images/govuk-crest.svg)}"
    )
    assert assets.without_restricted(css) == ".a{font-family:var(--portal-font);color:red}.b{background:none}"


def make_root(assets: ModuleType, root: Path) -> Path:
    """Make a tree in which the assets look built."""
    (root / "package-lock.json").write_text("{}")
    (root / assets.SOURCE / "assets" / "fonts").mkdir(parents=True)
    for name in (*assets.SERVED, "assets/fonts/light.woff2"):
        (root / assets.SOURCE / name).touch()
    assets.lay_out(root)
    return root


def test_nothing_to_do_twice(assets: ModuleType, tmp_path: Path) -> None:
    """Assets that are up to date are not built again."""
    assert not assets.build(make_root(assets, tmp_path))


def test_stale_assets_are_seen(assets: ModuleType, tmp_path: Path) -> None:
    """A changed lock or a missing file of either folder means that there is something to build."""
    root = make_root(assets, tmp_path)
    for lost in (assets.TARGET / assets.SERVED[0], assets.BRAND / assets.STYLES, assets.BRAND / "fonts/light.woff2"):
        assert assets.up_to_date(root)
        (root / lost).unlink()
        assert not assets.up_to_date(root)
        (root / lost).touch()
    assert assets.up_to_date(root)
    (root / "package-lock.json").write_text('{"changed": true}')
    assert not assets.up_to_date(root)


def test_what_is_laid_out_is_all_that_is_left(assets: ModuleType, tmp_path: Path) -> None:
    """A file that a new version of the design system no longer has does not stay."""
    root = make_root(assets, tmp_path)
    (root / assets.BRAND / "fonts/old.woff2").touch()
    assets.lay_out(root)
    assert ["light.woff2"] == [path.name for path in (root / assets.BRAND / "fonts").iterdir()]
    assert b"" == (root / assets.BRAND / assets.STYLES).read_bytes()


def test_failing_npm_is_told(assets: ModuleType, tmp_path: Path) -> None:
    """Where npm cannot fetch, the set-up stops with a plain sentence and says what npm said."""
    (tmp_path / "package-lock.json").write_text("no lock at all")
    with pytest.raises(SystemExit, match="Check the network and run this again"):
        assets.build(tmp_path)


def test_make_names_every_target() -> None:
    """`make` without a target lists each command a person may give."""
    said = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = ["run", "demo", "test", "lint", "bench", "soak", "catalogue", "sbom"]
    assert targets == re.findall(r"^make (\w+)", said, re.MULTILINE)


def test_make_without_venv_says_what_to_install(tmp_path: Path) -> None:
    """On a Python without the venv module, `make run` names the package that brings it."""
    (tmp_path / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    for needed in ("requirements/run.txt", "infra/build_assets.py", "pyproject.toml", "hatch_build.py"):
        (tmp_path / needed).parent.mkdir(exist_ok=True)
        (tmp_path / needed).touch()
    (tmp_path / "package-lock.json").touch()
    (tmp_path / "ensurepip.py").write_text("raise ImportError")
    command = ["make", "run", f"PYTHON={sys.executable}"]
    bare = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=bare, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "apt-get install python3-venv" in done.stderr
    assert not (tmp_path / ".venv").exists()
