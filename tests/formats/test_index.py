import base64
import csv
import hashlib
import io
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.formats.index import index_csv, index_html
from portal.formats.snapshot import (
    BundleCheck,
    BundleGap,
    BundleGone,
    BundlePart,
    BundleSnapshot,
    BundleWithheld,
)
from tests.formats.samples import Sent, bundle_file, snapshot_of

GAPS = [
    BundleGap("03-board", "Board minutes", "To follow", "By Friday"),
    BundleGap("03-board", "Board minutes", "Nothing sent yet", ""),
    BundleGap("04-policies", "Policies", "Not held", "None"),
]
HOSTILE = st.one_of(
    st.text(st.characters(), min_size=1, max_size=60),
    st.sampled_from(
        ['=HYPERLINK("http://x").pdf', "<svg onload=alert(1)>.pdf", "\"'><script>1</script>", "-->", "+1", "\t=1"]
    ),
)


class Page(HTMLParser):
    """What a browser would see: tags, attributes and text."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def snapshot_with(name: str, words: str = "By Friday") -> BundleSnapshot:
    """Freeze one file called `name` and one gap explained by `words`."""
    file = bundle_file(Sent("01-a1-form", name, b"data"), 1, slot_label=name)
    return snapshot_of([file], [replace(GAPS[0], words=words)])


def cells(sheet: bytes) -> list[dict[str, str]]:
    """Read the sheet as a spreadsheet does."""
    return list(csv.DictReader(io.StringIO(sheet.decode("utf-8-sig"), newline="")))


def test_the_page_first_says_what_is_lacking() -> None:
    """Before any list: how many items lack files, what is late, whether it was declared."""
    late = bundle_file(Sent("01-a1-form", "a.pdf", b"data"), 1, on_time=False)
    snapshot = replace(snapshot_of([late], GAPS), declared_at=None)
    text = Page(index_html(snapshot, ["data/01-a1-form/a.pdf"])).text
    lacks = (
        "This bundle lacks files for 2 requested items, listed below. 1 file was received after the deadline. "
        "The agency has not yet declared that it has sent what it has."
    )
    assert text.index(lacks) < text.index("About this bundle")
    assert "Board minutes To follow By Friday" in text
    assert "Received after the deadline" in text


def test_what_was_late_and_accepted_is_told_in_page_and_sheet() -> None:
    """Both say on which day the team accepted it; what was accepted is not on time for that."""
    accepted = replace(
        bundle_file(Sent("01-a1-form", "a.pdf", b"data"), 1, on_time=False),
        accepted_at=datetime(2023, 10, 11, 23, 30, tzinfo=UTC),
    )
    late = bundle_file(Sent("01-a1-form", "b.pdf", b"data"), 2, on_time=False)
    snapshot, paths = snapshot_of([accepted, late]), ["data/01-a1-form/a.pdf", "data/01-a1-form/b.pdf"]
    words = "Received after the deadline, accepted on Thursday 12 October 2023"
    text = Page(index_html(snapshot, paths)).text
    assert "2 files were received after the deadline, 1 of them accepted all the same." in text
    assert words in text
    said = [row["On time or late"] for row in cells(index_csv(snapshot, paths))]
    assert [words, "Received after the deadline"] == said


def test_the_page_says_so_when_nothing_is_missing() -> None:
    """No gaps, no table of gaps."""
    file = bundle_file(Sent("01-a1-form", "a.pdf", b"data"), 1)
    text = Page(index_html(snapshot_of([file]), ["data/01-a1-form/a.pdf"])).text
    assert "Nothing that was requested is missing. About this bundle" in text
    assert "What is missing" not in text


def test_the_page_tells_each_file() -> None:
    """Name, version, size, both times in London words and in UTC, punctuality and digest stand in a row."""
    file = replace(bundle_file(Sent("01-a1-form", "a b.pdf", b"data"), 1), version=3, size=1234567)
    page = Page(index_html(snapshot_of([file]), ["data/01-a1-form/a b.pdf"]))
    row = f"a b.pdf 3 1,234,567 10 October 2023 at 3:59pm 10 October 2023 at 4pm On time Not checked yet {file.sha256}"
    assert row in page.text
    assert ("datetime", "2023-10-10T14:59:59.000Z") in page.attributes
    assert ("href", "data/01-a1-form/a%20b.pdf") in page.attributes
    assert "Deadline 4pm on Tuesday 10 October 2023" in page.text


def test_the_page_allows_nothing_but_its_own_style() -> None:
    """The policy comes before the style and names its digest, so a browser applies it and nothing else."""
    page = index_html(snapshot_with("a.pdf"), ["data/01-a1-form/a.pdf"]).decode()
    style = re.search(r"<style>(.*)</style>", page, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = next(
        value for name, value in Page(page.encode()).attributes if name == "content" and "default" in str(value)
    )
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert page.index("Content-Security-Policy") < page.index("<style>")
    assert " style=" not in page


@given(HOSTILE, HOSTILE)
def test_no_name_becomes_markup(name: str, words: str) -> None:
    """Names and words, whatever they hold, are text: the page has the tags and attributes of a harmless one."""
    harmless = Page(index_html(snapshot_with("a", "b"), ["data/01-a1-form/a"]))
    page = index_html(snapshot_with(name, words), ["data/01-a1-form/a"])
    seen = Page(page)
    assert harmless.tags == seen.tags
    assert harmless.attributes == seen.attributes
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page.decode())


def test_names_keep_their_direction_to_themselves() -> None:
    """An override is shown as a replacement character, and every typed text is isolated."""
    page = index_html(snapshot_with("annual\u202efdp.exe"), ["data/01-a1-form/annual-fdp.exe"]).decode()
    assert "<bdi>annual\ufffdfdp.exe</bdi>" in page


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40))
def test_links_lead_to_the_path(path: str) -> None:
    """A link is the path, percent-encoded, whatever is in it."""
    page = Page(index_html(snapshot_with("a"), [f"data/{path}"]))
    link = next(value for name, value in page.attributes if name == "href")
    assert link is not None
    assert link.isascii()
    assert f"data/{path}" == unquote(link)


def test_the_sheet_tells_each_file_and_gap() -> None:
    """A byte order mark, CRLF, one line for each file and then for each gap."""
    file = bundle_file(Sent("01-a1-form", "é.pdf", b"data"), 1, slot_label="June 2023", on_time=False)
    sheet = index_csv(snapshot_of([file], GAPS), ["data/01-a1-form/é.pdf"])
    assert sheet.startswith(b"\xef\xbb\xbf")
    assert sheet.count(b"\r\n") == sheet.count(b"\n") == 5
    first, *gaps = cells(sheet)
    assert first == {
        "Item": "Panel minutes",
        "Place": "June 2023",
        "File": "é.pdf",
        "Path in the bundle": "data/01-a1-form/é.pdf",
        "Version": "1",
        "Size in bytes": "4",
        "SHA-256": file.sha256,
        "Upload began (UTC)": "2023-10-10T14:59:59.000Z",
        "Received (UTC)": "2023-10-10T15:00:03.000Z",
        "Upload began (London)": "10 October 2023 at 3:59pm",
        "Received (London)": "10 October 2023 at 4pm",
        "On time or late": "Received after the deadline",
        "State": "Received",
        "Reason given": "",
        "Check": "Not checked yet",
        "What was found": "",
        "Released": "",
    }
    assert [(gap.item_label, gap.state, gap.words) for gap in GAPS] == [
        (line["Item"], line["State"], line["Reason given"]) for line in gaps
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", " ="])
def test_formulas_are_neutralised(start: str) -> None:
    """What a spreadsheet might calculate is text there."""
    line = cells(index_csv(snapshot_with(f"{start}1+1.pdf"), ["data/01-a1-form/1-1.pdf"]))[0]
    assert line["File"].startswith("'")
    assert line["File"].endswith("1+1.pdf")


@given(HOSTILE, HOSTILE)
def test_no_cell_runs_and_no_cell_spills(name: str, words: str) -> None:
    """Whatever is typed, the sheet keeps its shape and no cell begins like a formula."""
    lines = cells(index_csv(snapshot_with(name, words), ["data/01-a1-form/a"]))
    assert len(lines) == 2
    for line in lines:
        assert len(line) == 17
        assert not [cell for cell in line.values() if cell.lstrip(" ").startswith(tuple("=+-@\t\r\n"))]


def test_what_a_check_found_and_what_was_said_of_it_is_told() -> None:
    """A count, then beside each file what was found, who released it and why errors stay; typed words are text."""
    found = BundleCheck("Flagged: something was found", "The file contains macros.", flagged=True)
    said = replace(found, released="By <b> on 9 October: =1", reason="=2", flagged=False)
    files = [replace(bundle_file(Sent("01-a1-form", name, b"d"), at), check=check)
             for at, (name, check) in enumerate((("a.pdf", found), ("b.pdf", said), ("c.pdf", found)))]  # fmt: skip
    held = BundleWithheld(files[2].document, "Withheld: it contains malware")
    snapshot, paths = replace(snapshot_of(files), withheld=(held,)), ["data/01-a1-form/a.pdf", "data/01-a1-form/b.pdf"]
    page = Page(index_html(snapshot, paths))
    assert "1 file is flagged: see below what was found." in page.text
    assert "On time Flagged: something was found The file contains macros. " in page.text
    assert "Released: By <b> on 9 October: =1 The agency’s reason: =2" in page.text
    assert "Withheld: it contains malware The file contains macros." in page.text
    assert [("class", "flagged")] == [each for each in page.attributes if each[1] == "flagged"]
    assert [
        ("", "Flagged: something was found", "The file contains macros.", ""),
        ("'=2", "Flagged: something was found", "The file contains macros.", "By <b> on 9 October: =1"),
    ] == [
        (line["Reason given"], line["Check"], line["What was found"], line["Released"])
        for line in cells(index_csv(snapshot, paths))[:2]
    ]


GONE = BundleGone(
    "Panel minutes", "=Latest", 2, "Replaced by another version", datetime(2023, 10, 10, 9, tzinfo=UTC), "ab"
)


def test_what_counts_no_longer_is_told_without_a_name() -> None:
    """Item, version, what became of it and when, and the digest by which a copy is found; formulas stay text."""
    snapshot = replace(snapshot_of([]), gone=(GONE, replace(GONE, sha256="")))
    page = Page(index_html(snapshot, [])).text
    assert "2 documents that earlier downloads may hold count no longer: see below." in page
    assert "Replaced by another version" in page
    assert "10 October 2023 at 10am" in page
    assert "Not kept" in page
    [line, _other] = cells(index_csv(snapshot, []))
    assert ("Panel minutes", "'=Latest", "") == (line["Item"], line["Place"], line["File"])
    assert ("2", "ab") == (line["Version"], line["SHA-256"])
    assert "Replaced by another version on 10 October 2023 at 10am" == line["State"]
    assert "counts no longer: see below" in Page(index_html(replace(snapshot, gone=(GONE,)), [])).text


def test_a_part_says_first_what_it_is() -> None:
    """Whoever opens it reads that it is not everything, and still what the inspection lacks."""
    file = bundle_file(Sent("01-a1-form", "a.pdf", b"a"), 0)
    part = BundlePart("item-01", "the item “A1 form”", frozenset({file.document}))
    text = Page(index_html(replace(snapshot_of([file], GAPS), part=part), ["data/01-a1-form/a.pdf"])).text
    assert "This download is not everything: it holds the item “A1 form” alone. The inspection lacks files for" in text


def test_an_equivalent_is_told_and_not_lacking() -> None:
    """What was sent in another form, and what there is none of, stands in the table and is not missing."""
    gap = replace(GAPS[0], state="Equivalent provided", lacks=False)
    text = Page(index_html(snapshot_of([], [gap]), [])).text
    assert "Nothing that was requested is missing." in text
    assert "Equivalent provided" in text
