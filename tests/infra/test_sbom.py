"""The bill of materials names every component that production runs, as CycloneDX asks (ASVS V15.1.2)."""

import json
import re
from pathlib import Path

import pytest

from infra.sbom import bill, node_components, python_components

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements/run.txt").read_text("utf-8")
HASHED = {"SHA-256": 64, "SHA-512": 128}


def test_every_locked_component_is_in_it() -> None:
    """Each line of the lock is there with its version and every hash; so is what is served of npm, and no more."""
    components = {each["bom-ref"]: each for each in bill(ROOT)["components"]}
    locked = dict(re.findall(r"^([a-z0-9._-]+)==([^\s;\\]+)", LOCK, re.MULTILINE))
    assert len(locked) == LOCK.count("==") - LOCK.count(" =='") - LOCK.count(" == ")
    expected = {f"pkg:pypi/{name.replace('.', '-').replace('_', '-')}@{version}" for name, version in locked.items()}
    assert expected | {"pkg:npm/govuk-frontend@6.3.0"} == components.keys()
    digests = [each["content"] for part in components.values() for each in part["hashes"] if each["alg"] == "SHA-256"]
    assert sorted(re.findall(r"sha256:([0-9a-f]+)", LOCK)) == sorted(digests)


def test_it_has_what_the_specification_asks_for() -> None:
    """Required fields, unique references, digests of their algorithm's length, and a graph of known references."""
    made = bill(ROOT)
    assert ("CycloneDX", "1.6", 1) == (made["bomFormat"], made["specVersion"], made["version"])
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made["serialNumber"])
    references = [each["bom-ref"] for each in made["components"]]
    assert sorted(set(references)) == references
    for each in made["components"]:
        assert {"type", "name", "version", "purl", "hashes", "bom-ref"} == each.keys()
        assert {HASHED[one["alg"]] for one in each["hashes"]} == {len(one["content"]) for one in each["hashes"]}
    ours = made["metadata"]["component"]["bom-ref"]
    assert [ours] == [each["ref"] for each in made["dependencies"]]
    assert set(made["dependencies"][0]["dependsOn"]) <= set(references)
    assert {"pkg:pypi/flask", "pkg:pypi/cryptography"} <= {
        each.partition("@")[0] for each in made["dependencies"][0]["dependsOn"]
    }


def test_it_is_the_same_each_time() -> None:
    """Two bills of one tree are equal byte for byte: neither clock nor chance is in them."""
    assert json.dumps(bill(ROOT)) == json.dumps(bill(ROOT))


def test_odd_locks() -> None:
    """Extras and markers are no part of a name; what only tests use is left out; without a hash there is no bill."""
    lock = f"Psycopg_Binary[x]==3.3 ; a != 'b' \\\n    --hash=sha256:{'0' * 64}\n"
    assert ["pkg:pypi/psycopg-binary@3.3"] == [each["purl"] for each in python_components(lock)]
    dev = {"packages": {"": {}, "node_modules/axe-core": {"version": "4", "integrity": "sha512-eA==", "dev": True}}}
    assert [] == node_components(dev)
    with pytest.raises(ValueError, match="flask 3 is locked without a hash"):
        python_components("flask==3\n")
