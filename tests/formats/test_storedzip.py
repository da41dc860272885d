import collections
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import SealBroken
from portal.formats.storedzip import CHUNK_BYTES, Member, stored_length, stored_zip

DAY = datetime(2023, 10, 10, 15, 0, 2, tzinfo=UTC)
GIB = 1024**3


def member(path: str, data: bytes, modified: datetime = DAY) -> Member:
    """Describe `data` truly."""
    return Member(path, len(data), zlib.crc32(data), modified)


def archive(contents: dict[str, bytes]) -> bytes:
    """Return the whole zip of `contents`, by path."""
    members = [member(path, data) for path, data in contents.items()]
    return b"".join(stored_zip(members, lambda opened: (contents[opened.path],)))


@given(
    st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1, max_size=60), st.binary(max_size=300), max_size=9)
)
def test_length_is_exact(contents: dict[str, bytes]) -> None:
    """What was worked out beforehand is what comes, whatever the names, sizes and count."""
    expected = stored_length([member(path, data) for path, data in contents.items()])
    assert expected == len(archive(contents))


def test_members_are_stored_with_sizes_in_front() -> None:
    """No compression, no data descriptors, UTF-8 names, and the member's own date."""
    contents = {"a/é.txt": b"one", "a/empty": b"", "a/d/": b""}
    with zipfile.ZipFile(io.BytesIO(archive(contents))) as opened:
        assert opened.testzip() is None
        for info in opened.infolist():
            assert info.compress_type == zipfile.ZIP_STORED
            assert info.flag_bits & 0x08 == 0
            assert info.flag_bits & 0x800 == 0x800
            assert info.date_time == (2023, 10, 10, 15, 0, 2)
            assert contents[info.filename] == opened.read(info)
        assert opened.getinfo("a/d/").is_dir()


def test_dates_that_a_zip_cannot_hold_are_brought_within_reach() -> None:
    """A date before 1980 or after January 2038 stops nothing."""
    dates = [datetime(1970, 1, 1, tzinfo=UTC), datetime(2040, 6, 1, tzinfo=UTC)]
    members = [member(f"{date.year}", b"x", date) for date in dates]
    with zipfile.ZipFile(io.BytesIO(b"".join(stored_zip(members, lambda _: (b"x",))))) as opened:
        assert [info.date_time[0] for info in opened.infolist()] == [1980, 2038]


@pytest.mark.parametrize("shift", [-1, 0, 1])
def test_a_header_that_ends_a_chunk_does_not_end_the_archive(shift: int) -> None:
    """Where data and the next header fill a chunk exactly, the library alone would stop without an error."""
    header = 30 + 9 + len("b")
    contents = {"a": bytes(CHUNK_BYTES - header + shift), "b": b"second", "c": b"third"}
    with zipfile.ZipFile(io.BytesIO(archive(contents))) as opened:
        assert opened.namelist() == ["a", "b", "c"]
        assert opened.testzip() is None


@pytest.mark.parametrize(
    "yielded",
    [b"", b"shor", b"long enough and more", b"altered!", b"short\0\0\0"],
    ids=["empty", "short", "long", "altered", "padded"],
)
@pytest.mark.parametrize("place", [0, 1], ids=["first", "last"])
def test_a_member_that_is_not_what_was_said_breaks_the_stream(yielded: bytes, place: int) -> None:
    """The reader is told, and never gets as many bytes as a whole archive has."""
    promised = [b"original", b"original"]
    members = [member(f"m{number}", data) for number, data in enumerate(promised)]
    sources = {opened.path: (yielded if number == place else b"original",) for number, opened in enumerate(members)}
    received = bytearray()
    stream = stored_zip(members, lambda opened: sources[opened.path])
    with pytest.raises(SealBroken, match="download was stopped"):
        collections.deque(map(received.extend, stream), maxlen=0)
    assert len(received) < stored_length(members)


def test_a_member_without_end_is_cut_before_it_overruns() -> None:
    """A source that yields far more than was said cannot fill the announced length with the wrong bytes."""
    received: list[int] = []
    stream = stored_zip([member("a", b"original")], lambda _: (bytes(CHUNK_BYTES) for _ in range(3)))
    with pytest.raises(SealBroken, match="longer"):
        received.extend(map(len, stream))
    assert sum(received) < stored_length([member("a", b"original")])


def test_an_error_of_the_source_passes_through() -> None:
    """What goes wrong below is not hidden by the archive."""

    def failing(_: Member) -> Iterator[bytes]:
        yield b"x"
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        list(stored_zip([member("a", b"xy")], failing))


def test_length_above_four_gibibytes() -> None:
    """Written out by hand from the format: a zip64 member has 20 bytes more in front, 28 more in the directory."""
    big = Member("a", 5 * GIB, 0, DAY)
    assert stored_length([big]) == 5 * GIB + (30 + 9 + 1 + 20) + (46 + 9 + 1 + 28) + 56 + 20 + 22
    many = [Member(f"m{number}", 500 * 1024**2, 0, DAY) for number in range(9)]
    assert sum(one.size for one in many) + 9 * (30 + 9 + 2 + 20 + 46 + 9 + 2 + 28) + 98 == stored_length(many)


def test_the_step_to_zip64_is_at_the_mark() -> None:
    """The largest 32-bit value means zip64, so an archive of that length is written as such, and one byte less not."""
    rest = (30 + 9 + 1) + (46 + 9 + 1) + 22
    fits = Member("a", 0xFFFFFFFE - rest, 0, DAY)
    above = Member("a", 0xFFFFFFFF - rest, 0, DAY)
    assert stored_length([fits]) == 0xFFFFFFFE
    assert stored_length([above]) == 0xFFFFFFFF + 20 + 28 + 76


def test_more_members_than_sixteen_bits_count() -> None:
    """The number of members alone calls for zip64 too."""
    members = [Member(f"{number:05d}", 0, 0, DAY) for number in range(0xFFFF)]
    data = b"".join(stored_zip(members, lambda _: ()))
    assert stored_length(members) == len(data)
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        assert len(opened.namelist()) == 0xFFFF


def test_zip64_headers_are_read_by_others() -> None:
    """A real archive beyond four gibibytes is streamed, its directory kept and read, its length counted."""
    block = bytes(CHUNK_BYTES)
    count = 4 * GIB // CHUNK_BYTES
    checksum = 0
    for _ in range(count):
        checksum = zlib.crc32(block, checksum)
    members = [Member("big", 4 * GIB, checksum, DAY), member("small", b"after")]
    sources: dict[str, Callable[[], Iterator[bytes]]] = {
        "big": lambda: (block for _ in range(count)),
        "small": lambda: iter((b"after",)),
    }
    tail, total = b"", 0
    for chunk in stored_zip(members, lambda opened: sources[opened.path]()):
        total += len(chunk)
        tail = (tail + chunk)[-4096:] if len(chunk) < 4096 else chunk[-4096:]
    assert stored_length(members) == total
    with zipfile.ZipFile(Hollow(total, tail)) as opened:
        assert [info.file_size for info in opened.infolist()] == [4 * GIB, 5]
        assert opened.read("small") == b"after"


class Hollow(io.RawIOBase):
    """A file of `length` bytes of which only the end is kept."""

    def __init__(self, length: int, tail: bytes) -> None:
        self._length, self._tail, self._at = length, tail, 0

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._length}[whence]
        return self._at

    def read(self, size: int = -1) -> bytes:
        start = self._at - (self._length - len(self._tail))
        assert start >= 0, "read outside what was kept"
        data = self._tail[start:] if size < 0 else self._tail[start : start + size]
        self._at += len(data)
        return data
