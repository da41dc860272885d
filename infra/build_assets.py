"""Fetch the design system with npm and copy what the pages serve into `portal/web/static/govuk/`.

Run at set-up and before a wheel is built. Needs nothing but Python; a missing npm comes from `requirements/node.txt`.
No crown and no GDS Transport: both are for gov.uk domains alone, so fonts, crest and icons are not served.
"""
# ruff: noqa: INP001

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = Path("node_modules/govuk-frontend/dist/govuk")
TARGET = Path("portal/web/static/govuk")
SERVED = ("govuk-frontend.min.css", "govuk-frontend.min.js")
NOTICE = "/*! GOV.UK Frontend, MIT Licence, Crown Copyright (Government Digital Service); fonts and crest removed */\n"

FONT_FACE = re.compile(r"(/\*![^*]*\*/\s*)?@font-face\{[^}]*\}")
SOURCE_MAP = re.compile(r"\s*(/\*|//)# sourceMappingURL=\S+( \*/)?\s*$")


def fingerprint(root: Path) -> str:
    """Return the digest of all that decides the result: the lock and this script."""
    return hashlib.sha256((root / "package-lock.json").read_bytes() + Path(__file__).read_bytes()).hexdigest()


def up_to_date(root: Path = ROOT) -> bool:
    """Say whether the served files are those of the present lock."""
    stamp = root / TARGET / ".stamp"
    present = all((root / TARGET / name).is_file() for name in SERVED)
    return present and stamp.is_file() and stamp.read_text() == fingerprint(root)


def without_restricted(css: str) -> str:
    """Return the style sheet without the fonts and the crest that only gov.uk domains may show."""
    css = FONT_FACE.sub("", css).replace("GDS Transport,arial,sans-serif", "var(--portal-font)")
    return re.sub(r"url\(/assets/[^)]*\)", "none", css)


def find_npm(root: Path) -> Path:
    """Return npm from the path, else from this Python's scripts folder, installing it there first if need be."""
    scripts = Path(sys.executable).parent
    npm = shutil.which("npm")
    if npm and shutil.which("node"):
        return Path(npm)
    if not (scripts / "npm").exists():
        requirements = str(root / "requirements" / "node.txt")
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        subprocess.run([*pip, "--require-hashes", "-r", requirements], check=True)
    return scripts / "npm"


def fetch(root: Path) -> None:
    """Install the locked packages below `node_modules/`; raises SystemExit with npm's own words where that fails."""
    npm = find_npm(root)
    path = os.pathsep.join([str(npm.parent), os.environ.get("PATH", os.defpath)])
    command = [str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(
        command, cwd=root, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"npm could not fetch the design system. Check the network and run this again.\n{done.stderr}")


def build(root: Path = ROOT) -> bool:
    """Bring the served files up to date; return whether there was anything to do."""
    if up_to_date(root):
        return False
    fetch(root)
    target = root / TARGET
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name in SERVED:
        text = SOURCE_MAP.sub("\n", (root / SOURCE / name).read_text(encoding="utf-8"))
        served = without_restricted(text) if name.endswith(".css") else text
        (target / name).write_text(NOTICE + served, encoding="utf-8")
    (target / ".stamp").write_text(fingerprint(root))
    return True


if __name__ == "__main__":
    if build():
        sys.stdout.write(f"Built {TARGET}\n")
    else:
        (ROOT / TARGET / ".stamp").touch()
