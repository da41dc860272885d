import hashlib
import io
import shutil
import subprocess
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import bagit
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain.errors import SealBroken
from portal.formats.bag import BundleFile, BundleGap, BundlePart, make_bag
from tests.formats.samples import REFERENCE, Sent, bundle_file, extracted, opener, snapshot_of, zip_bytes

SENT = [
    Sent("01-a1-form", "A1 form.xlsx", b"workbook" * 500),
    Sent("02-panel-minutes", "minutes.pdf", b"first"),
    Sent("02-panel-minutes", "Minutes.PDF", b"second"),
    Sent("02-panel-minutes", '=HYPERLINK(\u202e"http://x").pdf', b"third"),
    Sent("02-panel-minutes", "<svg onload=alert(1)>.pdf", b""),
    Sent("03-board", "ÅÄÖ протокол 議事録 \U0001f600.pdf", b"fifth"),
]
FILES = [bundle_file(sent, number) for number, sent in enumerate(SENT)]
GAPS = [BundleGap("04-policies", "Policies", "Not held", "None written yet")]
SNAPSHOT = snapshot_of(FILES, GAPS)


def test_bagit_accepts_the_bundle(tmp_path: Path) -> None:
    """The Library of Congress's own tool finds the extracted folder complete and valid."""
    folder = extracted(zip_bytes(make_bag(SNAPSHOT), SENT), tmp_path)
    bag = bagit.Bag(str(folder))
    bag.validate()
    assert bag.version_info == (1, 0)
    assert len(SENT) == len(list(bag.payload_files()))
    assert {"index.html", "index.csv", "receipt.json"} <= set(bag.tagfile_entries())
    assert {
        "Source-Organization": "Adopt Coast & Country",
        "External-Identifier": REFERENCE,
        "External-Description": "Pre-inspection information for Thematic inspections 2023",
        "Bagging-Date": "2023-10-11",
        "Payload-Oxum": f"{sum(len(sent.data) for sent in SENT)}.{len(SENT)}",
    } == bag.info


def test_bagit_notices_a_changed_file(tmp_path: Path) -> None:
    """One altered byte in the payload or in the index makes the bag invalid."""
    for path in ("data/01-a1-form/A1 form.xlsx", "index.html"):
        folder = extracted(zip_bytes(make_bag(SNAPSHOT), SENT), tmp_path)
        altered = folder / path
        altered.write_bytes(b"X" + altered.read_bytes()[1:])
        with pytest.raises(bagit.BagValidationError):
            bagit.Bag(str(folder)).validate()


@pytest.mark.skipif(shutil.which("unzip") is None, reason="unzip is not installed")
def test_unzip_reads_the_bundle(tmp_path: Path) -> None:
    """The system's own tool tests and extracts every member under its Unicode name."""
    archive = tmp_path / "bundle.zip"
    archive.write_bytes(zip_bytes(make_bag(SNAPSHOT), SENT))
    environment = {"LC_ALL": "C.UTF-8"}
    subprocess.run(["unzip", "-tq", archive], check=True, capture_output=True, env=environment)
    subprocess.run(["unzip", "-q", archive, "-d", tmp_path], check=True, capture_output=True, env=environment)
    assert bagit.Bag(str(tmp_path / REFERENCE)).is_valid()


def test_every_byte_is_what_was_sent() -> None:
    """Each document stands under its item in order, with its own bytes; equal names are both there."""
    with zipfile.ZipFile(io.BytesIO(zip_bytes(make_bag(SNAPSHOT), SENT))) as opened:
        payload = [info for info in opened.infolist() if info.filename.startswith(f"{REFERENCE}/data/")]
        assert [sent.data for sent in SENT] == [opened.read(info) for info in payload]
        assert [file.sha256 for file in FILES] == [hashlib.sha256(opened.read(info)).hexdigest() for info in payload]
        assert [info.filename.removeprefix(f"{REFERENCE}/data/") for info in payload] == [
            "01-a1-form/A1 form.xlsx",
            "02-panel-minutes/minutes.pdf",
            "02-panel-minutes/Minutes (2).PDF",
            "02-panel-minutes/HYPERLINK(-http-x-).pdf",
            "02-panel-minutes/svg onload-alert(1).pdf",
            "03-board/ÅÄÖ протокол 議事録.pdf",
        ]


def test_same_snapshot_same_bytes() -> None:
    """Nothing but the snapshot decides a byte, the length or the ETag."""
    first, second = make_bag(SNAPSHOT), make_bag(replace(SNAPSHOT))
    assert zip_bytes(first, SENT) == zip_bytes(second, SENT)
    assert (first.length, first.etag, first.filename) == (second.length, second.etag, "RAA-2023-04-bundle.zip")
    assert len(first.etag) == 64


@pytest.mark.parametrize(
    "other",
    [
        replace(SNAPSHOT, gaps=()),
        replace(SNAPSHOT, agency="Another"),
        replace(SNAPSHOT, receipt=b"{}"),
        replace(SNAPSHOT, receipt=None),
        replace(SNAPSHOT, declared_at=None),
        replace(SNAPSHOT, frozen_at=SNAPSHOT.deadline_at),
        replace(SNAPSHOT, files=SNAPSHOT.files[:-1]),
        replace(SNAPSHOT, files=(replace(FILES[0], version=2), *FILES[1:])),
        replace(SNAPSHOT, files=(replace(FILES[0], received_at=SNAPSHOT.deadline_at), *FILES[1:])),
    ],
)
def test_etag_changes_with_the_snapshot(other: object) -> None:
    """Whatever changes a byte of the bundle changes its ETag."""
    assert isinstance(other, type(SNAPSHOT))
    assert make_bag(SNAPSHOT).etag != make_bag(other).etag


def test_an_inspection_without_files_is_a_valid_bag(tmp_path: Path) -> None:
    """A bundle can be had before anything was sent, and says so."""
    bag = make_bag(snapshot_of([], GAPS, receipt=None))
    archive = zip_bytes(bag, [])
    assert bag.length == len(archive)
    folder = extracted(archive, tmp_path)
    bagit.Bag(str(folder)).validate()
    assert not (folder / "receipt.json").exists()
    assert b"It holds no files." in (folder / "index.html").read_bytes()


NAMES = st.one_of(
    st.text(st.characters(), max_size=300), st.sampled_from(["a.pdf", "A.pdf", "a (2).pdf", "CON", "..", ""])
)


@settings(max_examples=60)
@given(
    st.lists(st.builds(Sent, st.sampled_from(["01-a1-form", "02-minutes"]), NAMES, st.binary(max_size=50)), max_size=12)
)
def test_any_names_make_a_valid_bag(tmp_path_factory: pytest.TempPathFactory, sent: list[Sent]) -> None:
    """Whatever people call their files, the length is exact, the tool accepts the bag, and paths are short."""
    bag = make_bag(snapshot_of(bundle_file(item, number) for number, item in enumerate(sent)))
    archive = zip_bytes(bag, sent)
    assert bag.length == len(archive)
    assert max(len(member.path.encode()) for member in bag.members) < 180
    folder = extracted(archive, tmp_path_factory.mktemp("bag"))
    opened = bagit.Bag(str(folder))
    opened.validate()
    assert len(sent) == len(list(opened.payload_files()))
    shutil.rmtree(folder)


@pytest.mark.parametrize("data", [b"firs", b"first!", b"FIRST", b""], ids=["short", "long", "altered", "empty"])
def test_a_document_that_is_not_what_was_received_breaks_the_download(data: bytes) -> None:
    """The stream raises, and what was sent by then is less than the announced length."""
    bag = make_bag(SNAPSHOT)
    received: list[int] = []
    wrong = [*SENT[:1], replace(SENT[1], data=data), *SENT[2:]]
    with pytest.raises(SealBroken):
        received.extend(map(len, bag.stream(opener(wrong))))
    assert sum(received) < bag.length


def test_documents_are_opened_in_turn() -> None:
    """Nothing is opened before its turn, so that one failure spares the rest and memory stays flat."""
    opened: list[str] = []

    def watched(file: BundleFile) -> Iterator[bytes]:
        opened.append(file.name)
        return opener(SENT)(file)

    stream = make_bag(SNAPSHOT).stream(watched)
    next(stream)
    assert opened == []
    assert b"".join(stream)
    assert [sent.name for sent in SENT] == opened


@pytest.mark.parametrize("chunk_bytes", [256 * 1024, 4 * 1024 * 1024])
def test_memory_is_flat(chunk_bytes: int) -> None:
    """200 MiB pass through a few chunks of memory."""
    size = 200 * 1024 * 1024
    checksum = 0
    for _ in range(size // chunk_bytes):
        checksum = zlib.crc32(bytes(chunk_bytes), checksum)
    file = replace(FILES[0], size=size, crc32=checksum)
    tracemalloc.start()
    try:
        bag = make_bag(snapshot_of([file]))
        total = sum(map(len, bag.stream(lambda _: (bytes(chunk_bytes) for _ in range(size // chunk_bytes)))))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert bag.length == total
    assert peak < 16 * 1024 * 1024


@pytest.mark.parametrize(
    "unsound",
    [
        replace(SNAPSHOT, reference="../up"),
        replace(SNAPSHOT, reference="RAA%0A"),
        replace(SNAPSHOT, files=(replace(FILES[0], folder="01/../.."),)),
        replace(SNAPSHOT, files=(replace(FILES[0], folder="CON"),)),
        replace(SNAPSHOT, files=(replace(FILES[0], folder="f" * 150),)),
        replace(SNAPSHOT, files=(replace(FILES[0], sha256=FILES[0].sha256.upper()),)),
    ],
)
def test_an_unsound_snapshot_is_refused(unsound: object) -> None:
    """What the portal itself names is checked before a byte is made."""
    assert isinstance(unsound, type(SNAPSHOT))
    with pytest.raises(ValueError):
        make_bag(unsound)


def test_bag_info_stays_on_its_lines() -> None:
    """A line break in a name of an agency cannot add a line to the metadata."""
    bag = make_bag(replace(SNAPSHOT, agency="One\r\nContact-Name: Two"))
    with zipfile.ZipFile(io.BytesIO(zip_bytes(bag, SENT))) as opened:
        lines = opened.read(f"{REFERENCE}/bag-info.txt").decode().splitlines()
    assert lines[0] == "Source-Organization: One Contact-Name: Two"
    assert len(lines) == 5


def test_a_part_is_a_bag_of_its_own(tmp_path: Path) -> None:
    """Some of the files, called as in the whole bundle, in a folder that is not the whole bundle's."""
    wanted = frozenset(file.document for file in SNAPSHOT.files[1:])
    part = replace(SNAPSHOT, part=BundlePart("changes", "what is new", wanted))
    bag, whole = make_bag(part), make_bag(SNAPSHOT)
    assert f"{REFERENCE}-changes.zip" == bag.filename
    paths = {file.document: path for path, file in whole._files.items()}
    assert [paths[file.document].replace(REFERENCE, f"{REFERENCE}-changes", 1) for file in bag.files] == list(
        bag._files
    )
    data = zip_bytes(bag, SENT)
    assert bag.length == len(data)
    extracted(data, tmp_path)
    assert bagit.Bag(str(tmp_path / f"{REFERENCE}-changes")).is_valid()
    assert bag.etag != make_bag(replace(part, part=BundlePart("changes", "other words", wanted))).etag


@pytest.mark.parametrize("suffix", ["item-123", "../up", ""])
def test_a_part_that_cannot_be_named_is_refused(suffix: str) -> None:
    """A suffix becomes part of a folder's name: it is safe, and so short that names are cut as in the whole bundle."""
    with pytest.raises(ValueError, match="folder"):
        make_bag(replace(SNAPSHOT, part=BundlePart(suffix, "a part", frozenset())))
