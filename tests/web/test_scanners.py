"""Scanners that are no dependency find nothing above low: wapiti over HTTP, semgrep in the source (`make soak`)."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from structlog.testing import capture_logs

from portal.web.serving import PortalServer
from tests.web.clients import sign_in
from tests.world import World, upload

pytestmark = pytest.mark.soak
ROOT = Path(__file__).parents[2]
LOW = 1
PARTS = ("vulnerabilities", "anomalies")
MODULES = "cookieflags,crlf,csp,csrf,exec,file,http_headers,methods,permanentxss,redirect,sql,xss"
"""Without those that ask a machine elsewhere."""
SECONDS = 100


def scanner(name: str, package: str) -> str:
    """Return where a scanner is. Fails, saying how to install it, where it is missing."""
    found = shutil.which(name)
    if found is None:
        pytest.fail(f"{name} is not on the PATH. Install it in an environment of its own: pipx install {package}")
    return found


def test_semgrep_finds_nothing(tmp_path: Path) -> None:
    """Our rules find nothing in our source, and do find what is put before them."""
    semgrep = scanner("semgrep", "semgrep")
    seed = tmp_path / "seed.py"
    seed.write_text("import os, requests\nos.system(x)\nrequests.get(x)\nrequests.get(x, timeout=1, verify=False)\n")

    def found(*targets: object) -> list[tuple[str, str]]:
        command = [semgrep, "scan", "--config", "infra/semgrep.yml", "--metrics", "off", "--disable-version-check"]
        said = subprocess.run(
            [*command, "--json", "--quiet", *map(str, targets)], cwd=ROOT, capture_output=True, text=True, check=True
        )
        told: dict[str, Any] = json.loads(said.stdout)
        assert [] == told["errors"]
        return sorted((each["check_id"].rpartition(".")[2], each["path"]) for each in told["results"])

    assert [] == found("portal", "schemas", "infra")
    assert ["endless-request", "shell", "unverified-tls"] == [name for name, _path in found(seed)]


@pytest.mark.parametrize("role", ["leader", "lead_inspector", "administrator", "dpo"])
def test_wapiti_finds_nothing_above_low(
    world: World, app: Flask, server: PortalServer, tmp_path: Path, role: str
) -> None:
    """Somebody who is signed in lets it loose on every page that they reach, and no fault is logged."""
    if world.deps.engine.dialect.name != "sqlite":
        pytest.skip("What wapiti looks at is the same over both databases.")
    wapiti = scanner("wapiti", "'wapiti3>=3.2'")
    upload(world.deps, world.leader.actor, world.a.inspection)
    cookie = sign_in(app, world.deps, getattr(world, role).id).get_cookie("portal_session")
    assert cookie is not None
    at, report = f"http://127.0.0.1:{server.bind_addr[1]}", tmp_path / "report.json"
    where = ["--store-session", str(tmp_path / "session"), "--store-config", str(tmp_path / "config")]
    limits = [
        "--max-scan-time",
        str(SECONDS),
        "--max-attack-time",
        str(SECONDS // 5),
        "--max-links-per-page",
        "60",
        "--tasks",
        "4",
    ]
    who = ["-H", f"Cookie: portal_session={cookie.value}", "-x", f"{at}/sign-out"]
    said = ["-m", MODULES, "-f", "json", "-o", str(report), "--flush-session", "--no-bugreport"]
    command = [wapiti, "-u", f"{at}/", *who, *said, *where, *limits]
    with capture_logs() as records:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS * 6, text=True)
    assert 0 == done.returncode, done.stdout[-2000:] + done.stderr[-2000:]
    assert [] == [each for each in records if each["event"] == "request.fault"]
    told = json.loads(report.read_text("utf-8"))
    assert told["infos"]["crawled_pages_nbr"] > 5
    found = [(kind, one) for part in PARTS for kind, each in told[part].items() for one in each]
    assert [] == [(kind, one["method"], one["path"], one["info"]) for kind, one in found if one["level"] > LOW]
