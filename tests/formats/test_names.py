import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.formats.names import MIN_LIMIT, safe_name, unique_paths

# Written apart from the code under test: what Microsoft's naming rules forbid, and what else may do harm.
FORBIDDEN = re.compile(r'[<>:"/\\|?*%=+@~`$&;\x00-\x1f\x7f-\x9f]')
DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(\..*)?\Z", re.IGNORECASE | re.DOTALL)
HOSTILE = st.one_of(
    st.text(st.characters(), max_size=300),
    st.text("aé\u0301\u202e./\\ -=(2)\u3164.pdf", max_size=40),
    st.sampled_from(["CON", "con.pdf", "AUX .txt", "NUL.tar.gz", "COM¹.pdf", "..", "...", "-rf", ".pdf", " .pdf", ""]),
)


@pytest.mark.parametrize(
    ("expected", "original"),
    [
        ("Panel minutes 2023_06 (final).pdf", "Panel minutes 2023_06 (final).pdf"),
        ("Protokół - żółć.docx", "Protokół – żółć.docx"),
        ("पैनल.pdf", "पैनल.pdf"),
        ("HYPERLINK(-http-evil-x-).pdf", '=HYPERLINK("http://evil","x").pdf'),
        ("svg onload-alert(1).pdf", "<svg onload=alert(1)>.pdf"),
        ("annual-fdp.exe", "annual\u202efdp.exe"),
        ("etc-passwd", "../../etc/passwd"),
        ("C-Users-me-a.pdf", "C:\\Users\\me\\a.pdf"),
        ("_CON.pdf", "CON.pdf"),
        ("_nul.tar.gz", "nul.tar.gz"),
        ("document.pdf", ".pdf"),
        ("document", "\u3164"),
        ("rf", "-rf"),
        ("a.pdf", "a.pdf. . "),
        ("caf\u00e9.pdf", "cafe\u0301.pdf"),
    ],
)
def test_names_by_example(expected: str, original: str) -> None:
    """What people and attackers call files becomes what every system takes as a plain name."""
    assert expected == safe_name(original, 100)


@given(HOSTILE, st.integers(MIN_LIMIT, 179))
def test_every_name_is_safe(original: str, limit: int) -> None:
    """Whatever the sender wrote, the name obeys the rules of every system."""
    name = safe_name(original, limit)
    assert name
    assert len(name.encode()) <= limit
    assert not FORBIDDEN.search(name)
    assert not DEVICE.match(name)
    assert name == name.strip(" .").lstrip("-")
    assert name == unicodedata.normalize("NFC", name)
    assert unicodedata.category(name[0])[0] != "M"
    assert not [char for char in name if unicodedata.category(char)[0] in "CZ" and char != " "]


@given(st.text(st.characters(), max_size=300))
def test_extension_is_kept(stem: str) -> None:
    """However long or odd the stem, the file still opens by its extension."""
    assert safe_name(f"{stem}.xlsx", 60).endswith(".xlsx")


def test_too_little_room_is_refused() -> None:
    """A limit that leaves no room for a name is the caller's mistake."""
    with pytest.raises(ValueError, match="at least"):
        safe_name("a.pdf", MIN_LIMIT - 1)


def test_equal_names_are_both_kept() -> None:
    """Names that Windows or macOS would take for one another are numbered in order; folders count apart."""
    wanted = [
        ("data/01-a", "name.pdf"),
        ("data/01-a", "NAME.pdf"),
        ("data/02-b", "name.pdf"),
        ("data/01-a", "name (2).pdf"),
        ("data/01-a", "name.pdf"),
        ("data/01-a", "caf\u00e9.pdf"),
        ("data/01-a", "cafe\u0301.pdf"),
    ]
    assert unique_paths(wanted, 179) == (
        "data/01-a/name.pdf",
        "data/01-a/NAME (2).pdf",
        "data/02-b/name.pdf",
        "data/01-a/name (2) (2).pdf",
        "data/01-a/name (3).pdf",
        "data/01-a/caf\u00e9.pdf",
        "data/01-a/caf\u00e9 (2).pdf",
    )


def test_long_equal_names_stay_within_the_limit() -> None:
    """A number makes room for itself in a name that is as long as it may be."""
    paths = unique_paths([("data/01-a", "é" * 200 + ".pdf")] * 12, 100)
    assert len(set(paths)) == 12
    assert max(len(path.encode()) for path in paths) <= 100
    assert paths[11].endswith(" (12).pdf")


@given(st.lists(st.tuples(st.sampled_from(["data/01-a", "data/02-b"]), HOSTILE), max_size=30), st.integers(60, 179))
def test_paths_are_unique_on_every_system(wanted: list[tuple[str, str]], limit: int) -> None:
    """Under every folding of case and Unicode form, as many paths come out as names went in."""
    paths = unique_paths(wanted, limit)
    assert len(paths) == len(wanted)
    for form in ("NFC", "NFD"):
        assert len(paths) == len({unicodedata.normalize(form, path.lower()) for path in paths})
        assert len(paths) == len({unicodedata.normalize(form, path.upper()) for path in paths})
    assert all(len(path.encode()) <= limit for path in paths)
    assert [folder for folder, _ in wanted] == [path.rpartition("/")[0] for path in paths]
    assert not [path for path in paths if DEVICE.match(path.rpartition("/")[2])]
