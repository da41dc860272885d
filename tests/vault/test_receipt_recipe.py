"""The written recipe for checking a receipt works as it stands, with nothing of the portal."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from portal.vault.records import sign_body
from portal.vault.signatures import fingerprint
from tests.fakes import FakeSigner

RECIPE = Path(__file__).parents[2] / "docs" / "receipts.md"
WITHOUT_PORTAL = "import sys, runpy; sys.modules['portal'] = None; runpy.run_path(sys.argv.pop(1))"
SIGNER = FakeSigner()
[KEY] = SIGNER.public_keys().values()
SIGNED = {
    **sign_body(SIGNER, {"kind": "document-receipt", "inspection": "RAA-2023-01", "item": "annual-report"}),
    "public_key": KEY.hex(),
}


def check(folder: Path, signed: dict[str, Any], typed: str) -> subprocess.CompletedProcess[str]:
    """Check a receipt as the recipe says, where `import portal` fails."""
    [block] = re.findall(r"^```python\n(.*?)^```$", RECIPE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    (folder / "check_receipt.py").write_text(block, "utf-8")
    command = [sys.executable, "-I", "-c", WITHOUT_PORTAL, "check_receipt.py", typed]
    return subprocess.run(
        command, cwd=folder, input=json.dumps(signed), capture_output=True, text=True, timeout=60, check=False
    )


def test_recipe_finds_a_receipt_good(tmp_path: Path) -> None:
    """With the fingerprint as a letter prints it."""
    done = check(tmp_path, SIGNED, fingerprint(KEY))

    assert (0, "Good: document-receipt RAA-2023-01\n") == (done.returncode, done.stdout), done.stderr


@pytest.mark.parametrize(
    ("signed", "typed"),
    [
        ({**SIGNED, "body": {**SIGNED["body"], "item": "a1-form"}}, fingerprint(KEY)),
        ({**SIGNED, "signature": "0" * 128}, fingerprint(KEY)),
        (SIGNED, fingerprint(bytes(32))),
    ],
    ids=["altered", "forged", "another key"],
)
def test_recipe_refuses_what_is_not_good(tmp_path: Path, signed: dict[str, Any], typed: str) -> None:
    """An altered statement, a made-up signature, the fingerprint of another key."""
    done = check(tmp_path, signed, typed)

    assert (1, "") == (done.returncode, done.stdout)
