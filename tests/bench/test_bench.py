"""The benches run, and judge as they should; speed itself is for `make bench`."""

from pathlib import Path

import pytest

from tests.bench.__main__ import BENCHES, main
from tests.bench.bounds import gs_seconds, write_seconds
from tests.bench.clients import blocks
from tests.bench.figures import Figure, ratios, table
from tests.bench.signing_in import mann_whitney


@pytest.mark.parametrize("name", BENCHES)
def test_every_bench_runs(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A smoke run of each bench ends well, shows figures and leaves nothing behind."""
    assert 0 == main([name, "--quick", "--folder", str(tmp_path)])
    assert "| what | median |" in capsys.readouterr().out
    assert [] == list(tmp_path.iterdir())


def test_an_unknown_bench_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt name measures nothing and says so."""
    with pytest.raises(SystemExit) as ended:
        main(["uplaod"])
    assert 2 == ended.value.code
    assert "There is no bench uplaod." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("figure", "met"),
    [
        (Figure("a", "", (0.1, 0.4, 0.9), at_least=0.4), True),
        (Figure("a", "", (0.1, 0.39, 0.9), at_least=0.4), False),
        (Figure("a", "MiB", (32.0,), at_most=32), True),
        (Figure("a", "MiB", (32.1,), at_most=32), False),
        (Figure("a", "MiB", (32.1,), at_most=32, judged=False), True),
        (Figure("a", "", (0.8,), at_least=0.75, goal=0.9), True),
        (Figure("a", "s", (9.0,)), True),
    ],
)
def test_the_median_is_judged(figure: Figure, met: bool) -> None:
    """A bound is missed when the median lies beyond it; a goal, or a smoke run, fails nothing."""
    assert met == figure.met


def test_a_missed_bound_stands_out_in_the_table() -> None:
    """A row shows median, range, rounds, bound and verdict."""
    figure = Figure("bundle", "", (0.5, 0.7, 0.6), at_least=0.75, goal=0.9)
    assert "| bundle | 0.60 | 0.50–0.70 | 3 | ≥ 0.75, goal 0.90 | **missed** |" in table([figure])


def test_ratios_are_taken_round_by_round() -> None:
    """Each round's value is compared with the bound of the same round."""
    assert (0.5, 2.0) == ratios([1.0, 4.0], [2.0, 2.0])


def test_bounds_take_time_and_leave_nothing(tmp_path: Path) -> None:
    """Both bounds work on sizes that are no whole number of parts."""
    assert gs_seconds(5_000_001) > 0
    assert write_seconds(tmp_path, 5_000_001) > 0
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("size", [1, 19, 20, 1024 * 1024, 3_000_000])
def test_made_up_bodies_have_the_length_they_say(size: int) -> None:
    """What the client sends is exactly as long as its header says."""
    assert size == sum(len(block) for block in blocks(size))


def test_times_that_differ_are_told_apart() -> None:
    """The chance is small where all of one are longer, and large where they are mixed."""
    shorter, longer = [float(each) for each in range(100)], [each + 99.5 for each in range(100)]
    assert mann_whitney(shorter, longer) < 1e-20
    assert mann_whitney(shorter, [each + 0.5 for each in shorter]) > 0.5
    assert 1.0 == mann_whitney([1.0, 4.0], [2.0, 3.0])
