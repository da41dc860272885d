"""The import contracts of `pyproject.toml` hold, and each catches what it is there for."""

import re
import shutil
import subprocess
import sys
import tomllib
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS: dict[str, dict[str, Any]] = {
    each["id"]: each
    for each in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
}
LAYERS: list[list[str]] = [line.split(" | ") for line in CONTRACTS["layers"]["layers"]]
MODULES = [module for line in LAYERS for module in line]
SEEDED = "seeded_violation"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what the contracts are about: the modules of both packages, and the contracts."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in ("portal", "schemas"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=_all_but_modules)
    return tmp_path


def _all_but_modules(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if not (name.endswith(".py") or _is_package(Path(folder, name)))]


def _is_package(path: Path) -> bool:
    return path.is_dir() and path.name not in ("__pycache__", "static", "templates")


def seed(tree: Path, importer: str, *imported: str) -> list[str]:
    """Let `importer`, a package or a module, import things; return each wrong import as the linter words it.

    In a package it is a new module that imports them, so that a contract has to cover modules which are yet to come.
    """
    path, module = tree / importer.replace(".", "/"), importer
    if path.is_dir():
        path, module = path / SEEDED, f"{importer}.{SEEDED}"
    with path.with_suffix(".py").open("a") as file:
        file.writelines(f"\nimport {each}" for each in imported)
    return [f"{module} -> {each} (l." for each in imported]


def lint(tree: Path) -> tuple[set[str], str]:
    """Return the ids of the contracts that are not kept, and all that was said."""
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache", "--no-logo"]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    verdicts = dict(re.findall(r"^(.+?) (KEPT|BROKEN)$", said, re.MULTILINE))
    assert sorted(each["name"] for each in CONTRACTS.values()) == sorted(verdicts), said
    broken = {id_ for id_, contract in CONTRACTS.items() if verdicts[contract["name"]] == "BROKEN"}
    assert (done.returncode != 0) == bool(broken), said
    return broken, said


def unnoticed(wrong: list[str], said: str) -> list[str]:
    """Return the wrong imports that the linter did not name."""
    return [line for line in wrong if line not in said]


def test_contracts_hold() -> None:
    """The tree keeps every contract."""
    broken, said = lint(ROOT)

    assert set() == broken, said


def test_copy_keeps_the_contracts(tree: Path) -> None:
    """The copy that violations are seeded in keeps every contract too, so that what follows is the seeds' doing."""
    assert set() == lint(tree)[0]


def test_every_upward_and_sideways_import_is_caught(tree: Path) -> None:
    """An import of a higher layer, or of a sibling on the same line, breaks the layers contract, whichever it is."""
    pairs = {(low, high) for above, below in combinations(LAYERS, 2) for high in above for low in below}
    pairs |= {pair for line in LAYERS for pair in permutations(line, 2)}
    wrong = []
    for low in MODULES:
        wrong += seed(tree, f"portal.{low}", *(f"portal.{high}" for importer, high in sorted(pairs) if importer == low))

    broken, said = lint(tree)

    assert len(pairs) == len(wrong)
    assert "layers" in broken
    assert [] == unnoticed(wrong, said)


@pytest.mark.parametrize(
    ("low", "high"),
    [("domain", "ports"), ("ports", "settings"), ("formats", "db"), ("vault", "services"), ("services", "wiring")],
)
def test_one_wrong_import_between_layers_is_enough(tree: Path, low: str, high: str) -> None:
    """A single import upwards or sideways breaks the layers contract, which names it."""
    wrong = seed(tree, f"portal.{low}", f"portal.{high}")

    broken, said = lint(tree)

    assert "layers" in broken
    assert [] == unnoticed(wrong, said)


def test_unlisted_module_is_caught(tree: Path) -> None:
    """A module beside the layers that is in none of them breaks the layers contract."""
    (tree / "portal/helpers.py").touch()

    broken, said = lint(tree)

    assert {"layers"} == broken
    assert "portal.helpers" in said


def test_framework_in_the_domain_is_caught(tree: Path) -> None:
    """The domain may import none of the frameworks."""
    wrong = seed(tree, "portal.domain", "flask", "sqlalchemy", "boto3", "cryptography", "werkzeug")

    broken, said = lint(tree)

    assert {"pure-domain"} == broken
    assert [] == unnoticed(wrong, said)


def test_framework_behind_the_schemas_is_caught(tree: Path) -> None:
    """The domain may not reach a framework by way of the schemas either."""
    wrong = seed(tree, "schemas", "flask") + seed(tree, "portal.domain", f"schemas.{SEEDED}")

    broken, said = lint(tree)

    assert {"pure-domain"} == broken
    assert [] == unnoticed(wrong, said)


def test_checker_that_could_reach_out_is_caught(tree: Path) -> None:
    """The checker's process imports no framework, no store, no key and no settings."""
    wrong = seed(tree, "portal.checking", "boto3", "cryptography", "sqlalchemy", "structlog", "aws_encryption_sdk")

    broken, said = lint(tree)

    assert {"checker-alone"} == broken
    assert [] == unnoticed(wrong, said)


@pytest.mark.parametrize("package", ["services", "vault", "db", "formats"])
def test_flask_below_the_web_is_caught(tree: Path, package: str) -> None:
    """What lies below the web layer imports neither Flask nor what belongs to it."""
    wrong = seed(tree, f"portal.{package}", "flask", "werkzeug", "flask_login", "flask_wtf")

    broken, said = lint(tree)

    assert {"no-web-below"} == broken
    assert [] == unnoticed(wrong, said)


@pytest.mark.parametrize("package", ["services", "vault"])
def test_adapter_below_the_web_is_caught(tree: Path, package: str) -> None:
    """A service that imports an adapter keeps the layers contract, which looks downwards; two others catch it."""
    wrong = seed(tree, f"portal.{package}", "portal.adapters.folder")

    broken, said = lint(tree)

    assert {"no-web-below", "only-wiring"} == broken
    assert [] == unnoticed(wrong, said)


@pytest.mark.parametrize("module", ["cli", "app", "web", "__main__"])
def test_adapter_above_the_wiring_is_caught(tree: Path, module: str) -> None:
    """What lies above the wiring, and so may use adapters through it, may not import one itself."""
    wrong = seed(tree, f"portal.{module}", "portal.adapters.folder")

    broken, said = lint(tree)

    assert {"only-wiring"} == broken
    assert [] == unnoticed(wrong, said)


def test_only_wiring_leaves_nobody_out() -> None:
    """The contract names every module of the portal but the wiring and the adapters themselves."""
    others = {f"portal.{module}" for module in [*MODULES, "__main__"]} - {"portal.wiring", "portal.adapters"}

    assert others == set(CONTRACTS["only-wiring"]["source_modules"])


@pytest.mark.parametrize("importer", ["portal.services", "portal.services.receive"])
def test_service_that_calls_a_service_is_caught(tree: Path, importer: str) -> None:
    """A service, old or new, that imports another breaks the contract of one use case each."""
    wrong = seed(tree, importer, "portal.services.withdraw")

    broken, said = lint(tree)

    assert {"one-service-one-use-case"} == broken
    assert [] == unnoticed(wrong, said)


def test_schema_that_knows_the_portal_is_caught(tree: Path) -> None:
    """The schemas import nothing of the portal, not even its domain."""
    wrong = seed(tree, "schemas", "portal.domain.times")

    broken, said = lint(tree)

    assert {"schemas-stand-alone"} == broken
    assert [] == unnoticed(wrong, said)
