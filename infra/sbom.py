"""Write the software bill of materials: every locked component that production runs, as CycloneDX 1.6 (ASVS V15.1.2).

Made of the two locks and nothing else, so that it is the same each time and needs neither network nor environment.
"""
# ruff: noqa: INP001

import base64
import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path("var/sbom.cdx.json")
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)", re.MULTILINE)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
NAME = re.compile(r"^[A-Za-z0-9._-]+")


def bill(root: Path) -> dict[str, Any]:
    """Return the bill of the tree at `root`. Raises ValueError (a component without a hash)."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    components = [
        *python_components((root / "requirements/run.txt").read_text("utf-8")),
        *node_components(json.loads((root / "package-lock.json").read_text("utf-8"))),
    ]
    components.sort(key=lambda each: str(each["bom-ref"]))
    wanted = {normal(found[0]) for each in project["dependencies"] if (found := NAME.match(each))} | {"govuk-frontend"}
    ours = f"pkg:pypi/{project['name']}@{project['version']}"
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, json.dumps(components))}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": ours,
                "name": project["name"],
                "version": project["version"],
                "purl": ours,
                "licenses": [{"license": {"id": project["license"]["text"]}}],
            }
        },
        "components": components,
        "dependencies": [
            {"ref": ours, "dependsOn": [each["bom-ref"] for each in components if normal(each["name"]) in wanted]}
        ],
    }


def python_components(lock: str) -> list[dict[str, Any]]:
    """Return what a lock of `pip` installs, with the hashes of all files that it lets in."""
    starts = [*PINNED.finditer(lock)]
    ends = [each.start() for each in starts[1:]] + [len(lock)]
    return [
        component("pypi", normal(found[1]), found[2], "SHA-256", HASH.findall(lock[found.end() : end]))
        for found, end in zip(starts, ends, strict=True)
    ]


def node_components(lock: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a lock of `npm` installs for production: what is served, and not what only tests use."""
    return [
        component("npm", path.rpartition("node_modules/")[2], each["version"], "SHA-512", [digest(each["integrity"])])
        for path, each in lock["packages"].items()
        if path and not each.get("dev")
    ]


def component(kind: str, name: str, version: str, algorithm: str, digests: list[str]) -> dict[str, Any]:
    """Return one component. Raises ValueError (without a hash)."""
    if not digests:
        raise ValueError(f"{name} {version} is locked without a hash.")
    purl = f"pkg:{kind}/{name.replace('@', '%40')}@{version}"
    hashes = [{"alg": algorithm, "content": each} for each in sorted(digests)]
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl, "hashes": hashes}


def digest(integrity: str) -> str:
    """Return the SHA-512 of a lock of `npm` in hexadecimal digits."""
    return base64.b64decode(integrity.removeprefix("sha512-"), validate=True).hex()


def normal(name: str) -> str:
    """Return a package's name as its address has it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> None:
    """Write it, and say where."""
    target = ROOT / TARGET
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(bill(ROOT), indent=2) + "\n", "utf-8")
    sys.stdout.write(f"{TARGET}\n")


if __name__ == "__main__":
    main()
