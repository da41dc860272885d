import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import Refused
from portal.domain.intake import clean_name, display_name, extension


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("minutes.pdf", "minutes.pdf"),
        ("  minutes.pdf ", "minutes.pdf"),
        ("/etc/passwd/minutes.pdf", "minutes.pdf"),
        ("C:\\Users\\Ann\\minutes.pdf", "minutes.pdf"),
        ("../../minutes.pdf", "minutes.pdf"),
        ("..\\../minutes.pdf", "minutes.pdf"),
        ("min\x00utes\r\n.p\x1bdf\x7f", "minutes.pdf"),
        ("min\u2029utes\u2028.pdf\u0085", "minutes.pdf"),
        ("cafe\u0301.pdf", "caf\u00e9.pdf"),
        ("cafe\x00\u0301.pdf", "caf\u00e9.pdf"),
        ("report\u202efdp.exe", "report\u202efdp.exe"),
        (".pdf", ".pdf"),
        ("bad\udcff.pdf", "bad.pdf"),
        ("x" * 251 + ".pdf", "x" * 251 + ".pdf"),
        ("\u00e9" * 125 + "x.pdf", "\u00e9" * 125 + "x.pdf"),
    ],
)
def test_clean_name(raw: str, name: str) -> None:
    """A name loses its path, its control characters and its outer space, and nothing else."""
    assert name == clean_name(raw)


@pytest.mark.parametrize("raw", ["", "   ", "\x00", "folder/", "C:\\", ".", "..", "a/..", "\n/\t"])
def test_no_name_is_refused(raw: str) -> None:
    """A name of which nothing is left is refused."""
    with pytest.raises(Refused, match="must have a name") as refused:
        clean_name(raw)
    assert "file" == refused.value.field


@pytest.mark.parametrize("raw", ["x" * 252 + ".pdf", "\u00e9" * 126 + ".pdf", "e\u0301" * 126 + ".pdf"])
def test_too_long_a_name_is_refused(raw: str) -> None:
    """A name of 256 UTF-8 bytes is refused, counted as it would be kept."""
    with pytest.raises(Refused, match="too long"):
        clean_name(raw)


@given(st.text(max_size=300))
def test_what_a_clean_name_is(raw: str) -> None:
    """Whatever is sent, what is kept is one path component, in NFC, without control characters, and stays as it is."""
    try:
        name = clean_name(raw)
    except Refused:
        return
    assert not set(name) & set("/\\\x00\r\n")
    assert name not in {"", ".", ".."}
    assert len(name.encode("utf-8")) <= 255
    assert unicodedata.is_normalized("NFC", name)
    assert not any(unicodedata.category(char) == "Cc" for char in name)
    assert name == clean_name(name)


def test_display_name_shows_marks_of_direction() -> None:
    """A mark that would reorder the name is shown instead of obeyed, and letters of every script are left alone."""
    assert "report\ufffdfdp.exe" == display_name("report\u202efdp.exe")
    marks = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    assert "\ufffd" * len(marks) == display_name(marks)
    assert "\u05d3\u05d5\u05d7 caf\u00e9 \u0646\u200c\u06cc.pdf" == display_name(
        "\u05d3\u05d5\u05d7 caf\u00e9 \u0646\u200c\u06cc.pdf"
    )


@given(st.text())
def test_a_displayed_name_has_no_marks(name: str) -> None:
    """No displayed name holds an embedding, an override, an isolate or a mark of direction."""
    directions = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    assert not directions & {unicodedata.bidirectional(char) for char in display_name(name)}


@pytest.mark.parametrize(
    ("name", "ending"),
    [("a.PDF", "pdf"), ("a.b.Docx", "docx"), ("a", ""), (".pdf", ""), ("a.", ""), ("report\u202efdp.exe", "exe")],
)
def test_extension(name: str, ending: str) -> None:
    """The extension is what really follows the last dot, in lower case."""
    assert ending == extension(name)
