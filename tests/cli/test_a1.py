"""`portal a1`: templates, made-up forms and the check, on a machine where nothing is set up."""

import json
import os
from pathlib import Path

from click.testing import CliRunner, Result
from openpyxl import load_workbook

from portal.cli import main
from portal.domain.a1.recipe import AUTHORITIES, RAA_CODE
from portal.ports.checking import Checker
from schemas.a1_result import A1Result, Problem
from schemas.checking import Answer, Found
from tests.fake_checker import FakeChecker


def run(*arguments: str, checker: Checker | None = None) -> Result:
    """Run `portal a1 …` in an empty environment; what is no intended end of it fails the test with its traceback."""
    unset = dict.fromkeys(name for name in os.environ if name.startswith("PORTAL_"))
    return CliRunner().invoke(main, ["a1", *arguments], env=unset, obj=checker, catch_exceptions=False)


def made(out: Path, *arguments: str) -> Path:
    """Write a made-up form."""
    assert 0 == run("sample", str(out), "--rows", "20", "--seed", "7", *arguments).exit_code
    return out


def test_templates(tmp_path: Path) -> None:
    """The template is a workbook or a folder of CSV files, and nothing that is there is written over."""
    book, folder = tmp_path / "form.xlsx", tmp_path / "new" / "csv"
    assert f"Written: {book}\n" == run("template", str(book)).stdout
    assert "Children" in load_workbook(book).sheetnames
    assert 0 == run("template", str(folder)).exit_code
    assert ["adopters.csv", "children.csv", "support.csv"] == sorted(path.name for path in folder.iterdir())
    before = book.read_bytes()
    for untouched in ([str(book)], sorted(map(str, folder.iterdir()))):
        found = json.loads(run("check", *untouched, "--json").stdout)
        assert ["S11"] * 3 == [each["code"] for each in found["findings"]]
        assert [] == found["file"]
    again = run("template", str(book))
    assert (1, True, before) == (again.exit_code, "is there already" in again.stderr, book.read_bytes())


def test_the_definition_is_the_one_that_is_set(tmp_path: Path) -> None:
    """Where the environment names a definition, the commands go by it."""
    said = CliRunner().invoke(main, ["a1", "template", str(tmp_path / "x")], env={"PORTAL_A1_DEFINITION": "own-2024"})
    assert (1, True) == (said.exit_code, "no A1 form of version 'own-2024'" in said.stderr)


def test_a_made_up_form_is_checked_by_the_process_itself(tmp_path: Path) -> None:
    """A clean workbook and clean CSV files end with 0; with faults each is found, and it ends with 1."""
    known = ("--raa-code", RAA_CODE, *(part for code in AUTHORITIES for part in ("--authority", code)))
    clean = run("check", str(made(tmp_path / "clean.xlsx")), *known)
    assert (0, "0 errors") == (clean.exit_code, clean.stdout[:8])
    assert "Rows read: Children 20, Adopters 20, Support 20." in clean.stdout
    files = [str(path) for path in sorted(made(tmp_path / "csv").iterdir())]
    assert 0 == run("check", *files).exit_code
    folder = run("check", str(tmp_path / "csv"))
    assert (0, True) == (folder.exit_code, "Rows read: Children 20, Adopters 20, Support 20." in folder.stdout)
    faulty = made(tmp_path / "faulty.xlsx", "--fault", "F02", "--fault", "D01", "--fault", "T02")
    said = json.loads(run("check", str(faulty), "--json").stdout)
    assert ["D01", "F02", "T02"] == sorted(each["code"] for each in said["findings"])
    code = next(each for each in said["findings"] if each["code"] == "F02")
    assert ([{"ref": "Children!E2", "value": "X"}], "WBRI: White British") == (code["places"], code["allowed"][0])
    assert {"Children": 20, "Adopters": 20, "Support": 20} == said["rows"]
    told = run("check", str(faulty))
    assert 1 == told.exit_code
    assert "ERROR F02 Children, column E (ethnicity)" in told.stdout
    assert "  Children!E2: X" in told.stdout


def test_what_it_is_checked_against(tmp_path: Path) -> None:
    """Agency, authorities and period are those that are given; where none is, they are not asked about."""
    form = str(made(tmp_path / "form.xlsx"))
    found = {
        option: {each["code"] for each in json.loads(run("check", form, "--json", *option).stdout)["findings"]}
        for option in (
            ("--raa-code", "another"),
            ("--authority", "999"),
            ("--period", "2001-01-01", "2001-12-31"),
        )
    }
    for codes, code in zip(found.values(), ("S06", "F07", "S05"), strict=True):
        assert code in codes
    folder = made(tmp_path / "csv")
    sheet = folder / "support.csv"
    heads, first, *rest = sheet.read_text("utf-8-sig").splitlines()
    sheet.write_text("\r\n".join([heads, "LEEDS-0012," + first.partition(",")[2], *rest]), "utf-8")
    files = [str(path) for path in sorted(folder.iterdir())]
    assert [1, 0] == [run("check", *files, *words).exit_code for words in ((), ("--id-word", "leeds"))]


def test_a_file_is_taken_for_what_its_name_says(tmp_path: Path) -> None:
    """A workbook that is named as one with macros would be refused at the item, so that the check says so too."""
    book = made(tmp_path / "form.xlsx")
    found = json.loads(run("check", str(book.rename(tmp_path / "form.XLSM")), "--json").stdout)
    assert (["not-accepted", "not-its-type"], []) == (found["file"], found["findings"])
    (tmp_path / "form.ods").write_bytes(b"PK")
    assert "not-accepted" in json.loads(run("check", str(tmp_path / "form.ods"), "--json").stdout)["file"]
    named = str((tmp_path / "form.XLSM").rename(tmp_path / "form"))
    assert [] == json.loads(run("check", named, "--json").stdout)["file"]


def test_what_cannot_be_read_or_checked(tmp_path: Path) -> None:
    """A damaged form is found to be one (1); a checker that gives no answer is another thing (2)."""
    damaged = str(made(tmp_path / "damaged.xlsx", "--fault", "S01"))
    result = run("check", damaged, "--json")
    assert (1, ["S01"]) == (result.exit_code, [each["code"] for each in json.loads(result.stdout)["findings"]])
    failed = run("check", damaged, checker=FakeChecker(failure="died"))
    assert (2, "", True) == (failed.exit_code, failed.stdout, "could not be checked (died)" in failed.stderr)


def test_what_is_said_of_the_file_goes_by_the_effects_that_are_set(tmp_path: Path) -> None:
    """A note that the environment makes a flag has to be put right (1); what is wrong in its file is named (2)."""
    form, effects = str(made(tmp_path / "form.xlsx")), tmp_path / "effects.toml"
    result = A1Result("illustrative-2023", complete=True, rows={}, problems=())
    checker = FakeChecker(Answer("xlsx", (Found("external-link"),), a1=result))
    noted = run("check", form, checker=checker)
    assert (0, False) == (noted.exit_code, "from other files" in noted.stdout)
    for text, code, said in (
        ('external-link = "flag"', 1, "from other files"),
        ("magic = 1", 2, "magic is not a check"),
    ):
        effects.write_text(text)
        told = CliRunner().invoke(
            main, ["a1", "check", form], env={"PORTAL_CHECK_EFFECTS": str(effects)}, obj=checker, catch_exceptions=False
        )
        assert (code, True) == (told.exit_code, said in told.output)


def test_a_rule_that_fails_is_no_clean_form(tmp_path: Path) -> None:
    """It is named, nobody says that there are no errors, and the form counts as one not checked (2) or wrong (1)."""
    form = str(made(tmp_path / "form.xlsx"))
    wrong = Problem("S11", "ERROR", "Support", "", "", 1)
    for problems, code in (((), 2), ((wrong,), 1)):
        result = A1Result("illustrative-2023", complete=True, rows={}, problems=problems, faults=("R07",))
        said = run("check", form, checker=FakeChecker(Answer("xlsx", a1=result)))
        assert (code, True) == (said.exit_code, "which is our fault and not yours: R07." in said.stdout)
        assert "0 errors" not in said.stdout


def test_what_is_not_understood(tmp_path: Path) -> None:
    """Unknown faults, too few rows, an unknown definition and files of other names are said, and nothing is written."""
    out = str(tmp_path / "out.xlsx")
    unknown = run("sample", out, "--fault", "Q99")
    assert (2, True) == (unknown.exit_code, "No fault is called Q99" in unknown.stderr)
    many = run("sample", out, "--rows", "20001")
    assert (2, True) == (many.exit_code, "at most 20,000 rows" in many.stderr)
    few = run("sample", out, "--rows", "3", "--fault", "F01")
    assert (2, True) == (few.exit_code, "--rows must be 12 or more" in few.stderr)
    version = run("template", out, "--definition", "1999")
    assert (1, True) == (version.exit_code, "There is no A1 form of version '1999'" in version.stderr)
    assert not Path(out).exists()
    book = str(made(tmp_path / "form.xlsx"))
    assert (2, version.stderr) == ((said := run("check", book, "--definition", "1999")).exit_code, said.stderr)
    files = [str(made(tmp_path / "one.xlsx")), str(made(tmp_path / "two.xlsx"))]
    names = run("check", *files)
    assert (2, True) == (names.exit_code, "children.csv, adopters.csv, support.csv" in names.stderr)
    both = run("check", str(made(tmp_path / "children.csv")), files[0])
    assert (2, names.stderr) == (both.exit_code, both.stderr)
    child = str(made(tmp_path / "trio") / "children.csv")
    twice = run("check", child, child)
    assert (2, names.stderr) == (twice.exit_code, twice.stderr)
    (tmp_path / "empty").mkdir()
    empty = run("check", str(tmp_path / "empty"))
    assert (2, True) == (empty.exit_code, "There is no file in" in empty.stderr)
