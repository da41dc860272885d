"""`portal letter`: the letters, listed and written to files."""

from io import BytesIO

from pypdf import PdfReader

from schemas.letters import ORDER
from tests.cli.conftest import Portal


def test_letters_are_listed(portal: Portal) -> None:
    """The list names all seven, in JSON and in the table."""
    listed = portal.json("letter", "list")
    assert list(ORDER) == [each["letter"] for each in listed]
    expected = {"letter": "notice", "title": "Notice of inspection", "reader": "For the leader of the agency"}
    assert {**expected, "paragraph": "16"} == listed[0]
    assert "Information for children" in portal.says("letter", "list")


def test_letters_are_written(portal: Portal) -> None:
    """Each letter is written in either form, and says whose it is and by when."""
    reference = portal.announced()
    for code in ORDER:
        for kind in ("pdf", "html"):
            path = portal.root / f"{code}.{kind}"
            said = portal.says("letter", "write", reference, code, "--format", kind, "-o", str(path))
            assert f"Wrote {path}." == said
            assert path.stat().st_size > 1_000
    assert "4pm on Tuesday 10 October 2023" in (portal.root / "notice.html").read_text("utf-8")
    pdf = PdfReader(BytesIO((portal.root / "notice.pdf").read_bytes()))
    assert "Adopt Shoreline" in pdf.pages[0].extract_text()


def test_the_same_letter_is_the_same_file(portal: Portal) -> None:
    """Written again later, a letter is the same, byte for byte."""
    reference = portal.announced()
    first, second = (portal.root / name for name in ("first.pdf", "second.pdf"))
    portal.says("letter", "write", reference, "notice", "-o", str(first))
    portal.says("dev", "clock", "--forward", "30")
    portal.says("letter", "write", reference, "notice", "-o", str(second))
    assert first.read_bytes() == second.read_bytes()


def test_no_file_is_overwritten(portal: Portal) -> None:
    """What is there already is left alone."""
    reference = portal.announced()
    path = portal.root / "notice.pdf"
    path.write_text("mine")
    said = portal.refuses("letter", "write", reference, "notice", "-o", str(path))
    assert f"{path} is there already. Name another file with -o." == said
    assert "mine" == path.read_text()


def test_unknown_inspections_and_letters_are_refused(portal: Portal) -> None:
    """A reference that there is not is a sentence; a letter that there is not is a wrong command."""
    assert portal.refuses("letter", "write", "RAA-99", "notice").startswith("There is no inspection RAA-99.")
    assert 2 == portal.run("letter", "write", "RAA-99", "poem").exit_code
