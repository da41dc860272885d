"""`portal checker`, on a machine where nothing is set up."""

import json
from dataclasses import dataclass

from click.testing import CliRunner, Result

from portal.adapters.checker import ProcessChecker
from portal.cli import main
from portal.domain.checker import Layer
from tests.fake_checker import FakeChecker


@dataclass
class Bare(FakeChecker):
    """A checker on a host without Landlock."""

    def layers(self) -> frozenset[Layer]:
        return super().layers() - {Layer.landlock}


def run(*arguments: str, checker: object = None) -> Result:
    """Run the command."""
    return CliRunner().invoke(main, ["checker", *arguments], obj=checker, catch_exceptions=False)


def test_it_lists_the_layers_of_this_host() -> None:
    """Every layer is listed as the process itself says, as a table or JSON, and what is missing ends it with 1."""
    held = ProcessChecker().layers()
    told = run("--json")
    assert {layer.value: layer in held for layer in Layer} == {
        each["layer"]: each["holds"] for each in json.loads(told.stdout)
    }
    assert int(held != set(Layer)) == told.exit_code
    assert (0, True) == (run(checker=FakeChecker()).exit_code, "system-calls" in run(checker=FakeChecker()).stdout)

    bare = run(checker=Bare())
    assert (1, "Error: Missing here: landlock. docs/security.md says what each needs.\n") == (
        bare.exit_code,
        bare.stderr,
    )
    down = run(checker=FakeChecker(failure="died"))
    assert (1, "Error: The checker does not start (died).\n") == (down.exit_code, down.stderr)
