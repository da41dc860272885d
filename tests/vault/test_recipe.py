"""The written recipe for opening a part works as it stands, with the official SDK and nothing of the portal."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from portal.adapters.keyfolder import KeyFolder
from portal.vault.messages import FRAME_BYTES
from portal.vault.parts import PartContext, seal_part

RECIPE = Path(__file__).parents[2] / "docs" / "sealed-parts.md"
KEY = bytes(range(32))
CONTEXT = PartContext(UUID(int=0xABC), UUID(int=0xDEF), 12, final=True)
PLAINTEXT = b"minutes " * 40_000
SEALED = seal_part(KEY, CONTEXT, PLAINTEXT)

WITHOUT_PORTAL = "import sys, runpy; sys.modules['portal'] = None; runpy.run_path(sys.argv.pop(1))"


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save the recipe's two code blocks under the names that the recipe gives them."""
    folder = tmp_path_factory.mktemp("recipe")
    blocks = re.findall(r"^```python\n(.*?)^```$", RECIPE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    for name, block in zip(("open_part.py", "unwrap_key.py"), blocks, strict=True):
        (folder / name).write_text(block, "utf-8")
    (folder / "key").write_bytes(KEY)
    return folder


def run(scripts: Path, name: str, *arguments: str, stdin: bytes) -> subprocess.CompletedProcess[bytes]:
    """Run one script of the recipe where `import portal` fails."""
    command = [sys.executable, "-I", "-c", WITHOUT_PORTAL, name, *arguments]
    return subprocess.run(command, cwd=scripts, input=stdin, capture_output=True, timeout=60, check=False)


def open_by_recipe(scripts: Path, context: PartContext, sealed: bytes) -> subprocess.CompletedProcess[bytes]:
    """Open a part as the recipe says."""
    places = (str(context.inspection), str(context.document), str(context.number), "1" if context.final else "0")
    return run(scripts, "open_part.py", "key", *places, stdin=sealed)


def test_recipe_opens_a_fresh_part(scripts: Path) -> None:
    """A part sealed now, of two frames, opens by the recipe to the same bytes."""
    done = open_by_recipe(scripts, CONTEXT, SEALED)

    assert done.stdout == PLAINTEXT, done.stderr.decode()
    assert done.returncode == 0
    assert len(PLAINTEXT) > FRAME_BYTES


@pytest.mark.parametrize(
    ("context", "sealed"),
    [
        (replace(CONTEXT, number=11), SEALED),
        (replace(CONTEXT, final=False), SEALED),
        (replace(CONTEXT, document=UUID(int=1)), SEALED),
        (replace(CONTEXT, inspection=UUID(int=1)), SEALED),
        (CONTEXT, SEALED + b"\0"),
        (CONTEXT, SEALED[:-1]),
    ],
    ids=["other number", "not final", "other document", "other inspection", "trailing byte", "cut"],
)
def test_recipe_refuses_what_does_not_belong(scripts: Path, context: PartContext, sealed: bytes) -> None:
    """The recipe makes the same comparisons as the portal, and writes nothing when one fails."""
    done = open_by_recipe(scripts, context, sealed)

    assert done.returncode != 0
    assert done.stdout == b""


def test_recipe_unwraps_a_key(scripts: Path, tmp_path: Path) -> None:
    """The recipe's second script gives the inspection's key that the key folder gives."""
    root = tmp_path / "keys"
    folder = KeyFolder(root)
    wrapped = folder.create(CONTEXT.inspection)

    done = run(scripts, "unwrap_key.py", str(root), str(CONTEXT.inspection), stdin=wrapped)

    assert folder.unwrap(CONTEXT.inspection, wrapped) == done.stdout, done.stderr.decode()
