"""Fetch the design system with npm and copy what the pages serve into the two folders of the two brands.

Run at set-up and before a wheel is built. Needs nothing but Python; a missing npm comes from `requirements/node.txt`.
Crown and GDS Transport are for gov.uk domains alone. `portal/web/static/govuk/` has neither and is always served;
`portal/web/brand/` has the design system's own files, and is served with `PORTAL_BRAND=govuk` alone.
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
BRAND = Path("portal/web/brand")
STYLES = "govuk-frontend.min.css"
SERVED = (STYLES, "govuk-frontend.min.js")
NOTICE = "/*! GOV.UK Frontend, MIT Licence, Crown Copyright (Government Digital Service); fonts and crest removed */\n"

FONT_FACE = re.compile(r"(/\*![^*]*\*/\s*)?@font-face\{[^}]*\}")
SOURCE_MAP = re.compile(r"\s*(/\*|//)# sourceMappingURL=\S+( \*/)?\s*$")


def fingerprint(root: Path) -> str:
    """Return the digest of all that decides the result: the lock and this script."""
    return hashlib.sha256((root / "package-lock.json").read_bytes() + Path(__file__).read_bytes()).hexdigest()


def up_to_date(root: Path = ROOT) -> bool:
    """Say whether the served files are those of the present lock, and all there."""
    stamp = root / TARGET / ".stamp"
    if not stamp.is_file():
        return False
    made_of, _, built = stamp.read_text(encoding="utf-8").partition("\n")
    return made_of == fingerprint(root) and all((root / name).is_file() for name in built.splitlines())


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
    lay_out(root)
    return True


def lay_out(root: Path) -> None:
    """Make both folders anew of what npm fetched; the stamp names every file, so that a lost one is noticed."""
    source, target, brand = (root / folder for folder in (SOURCE, TARGET, BRAND))
    for folder in (target, brand):
        shutil.rmtree(folder, ignore_errors=True)
    target.mkdir(parents=True)
    for name in SERVED:
        text = SOURCE_MAP.sub("\n", (source / name).read_text(encoding="utf-8"))
        served = without_restricted(text) if name.endswith(".css") else text
        (target / name).write_text(NOTICE + served, encoding="utf-8")
    shutil.copytree(source / "assets", brand, copy_function=shutil.copyfile)
    shutil.copyfile(source / STYLES, brand / STYLES)
    built = sorted(path for folder in (target, brand) for path in folder.rglob("*") if path.is_file())
    lines = [fingerprint(root), *(path.relative_to(root).as_posix() for path in built)]
    (target / ".stamp").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    if build():
        sys.stdout.write(f"Built {TARGET} and {BRAND}\n")
    else:
        (ROOT / TARGET / ".stamp").touch()
