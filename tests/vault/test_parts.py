"""Sealed parts: round trips, lengths known beforehand, and every way in which a part can be wrong."""

import tracemalloc
from dataclasses import replace
from uuid import UUID

import pytest
from aws_encryption_sdk import CommitmentPolicy, EncryptionSDKClient
from aws_encryption_sdk.exceptions import AWSEncryptionSDKClientError
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import SealBroken
from portal.domain.policy import MIB
from portal.vault.messages import FRAME_BYTES
from portal.vault.parts import (
    MAX_PARTS,
    PartContext,
    document_prefix,
    inspection_prefix,
    object_key,
    open_part,
    part_count,
    seal_part,
    sealed_length,
)
from tests.vault.vectors import FILE, FRAME, HERE, KEY, PLAINTEXT, Keys, Vector, layout, make_vectors, read_vectors

VECTORS = read_vectors(FILE.read_text("ascii"))
SEALED = seal_part(KEY, HERE, PLAINTEXT, frame_bytes=FRAME)

sizes_near_frames = st.builds(
    lambda frames, offset: max(1, frames * FRAME + offset), st.integers(0, 5), st.integers(-2, 2)
)


def outcome(vector: Vector) -> str:
    """Try to open a vector."""
    try:
        plaintext = open_part(vector.key, vector.context, vector.sealed, frame_bytes=FRAME)
    except SealBroken:
        return "broken"
    return "opened" if plaintext == vector.plaintext else "opened, but as something else"


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_vector(vector: Vector) -> None:
    """Each committed vector opens, or is refused, as it says."""
    assert vector.expected == outcome(vector)


def test_vectors_are_made_as_documented() -> None:
    """The vectors made now have the names and results of those committed, and come out as they say."""
    made = make_vectors()

    assert [(vector.name, vector.expected) for vector in VECTORS] == [(made_.name, made_.expected) for made_ in made]
    assert [vector.expected for vector in made] == [outcome(vector) for vector in made]


def test_vector_layout_is_the_real_one() -> None:
    """The fields at which vectors are cut and flipped end where a sealed part ends, and names are unique."""
    assert len(SEALED) == layout()["final frame tag"][1]
    assert len(VECTORS) == len({vector.name for vector in VECTORS})


def test_sdk_alone_would_open_what_does_not_belong() -> None:
    """The SDK opens these wrong vectors without complaint, so the portal's own comparison is what refuses them."""
    provider = Keys()
    provider.keys = {str(HERE.inspection).encode(): KEY}
    provider.add_master_key(str(HERE.inspection))
    client = EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
    opened = set()
    for vector in VECTORS:
        if vector.expected == "broken":
            try:
                client.decrypt(source=vector.sealed, key_provider=provider)
                opened.add(vector.name)
            except (AWSEncryptionSDKClientError, InvalidTag, ValueError, TypeError):
                pass

    assert {
        "swapped: part 2 in the place of part 1",
        "other document",
        "not final said to be final",
        "missing context: final",
        "other suite: 0x0578, signed",
        "other framing: frames of 256 bytes",
        "other framing: none",
        "two data keys",
        "trailing bytes: one zero",
    } <= opened


@given(size=sizes_near_frames, key=st.binary(min_size=32, max_size=32), document=st.uuids(), final=st.booleans())
def test_round_trip_around_frame_boundaries(size: int, key: bytes, document: UUID, *, final: bool) -> None:
    """What was sealed opens again, one byte before, at and after each end of a frame."""
    context = PartContext(HERE.inspection, document, 7, final=final)
    plaintext = bytes(size)

    assert plaintext == open_part(
        key, context, seal_part(key, context, plaintext, frame_bytes=FRAME), frame_bytes=FRAME
    )


@pytest.mark.parametrize("size", [1, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, 3 * FRAME_BYTES, 4 * MIB])
@pytest.mark.parametrize("number", [1, MAX_PARTS])
def test_sealed_length_is_exact(size: int, number: int) -> None:
    """The length is known before sealing: 349 bytes and 32 a frame, whatever the part."""
    sealed = seal_part(KEY, replace(HERE, number=number, final=False), bytes(size))

    assert sealed_length(size) == len(sealed)
    assert size + 349 + 32 * (size // FRAME_BYTES + 1) == len(sealed)


@given(at=st.integers(0, len(SEALED) - 1), mask=st.integers(1, 255))
def test_any_altered_byte_is_noticed(at: int, mask: int) -> None:
    """Whichever byte is altered, in whichever way, the part is refused."""
    altered = SEALED[:at] + bytes([SEALED[at] ^ mask]) + SEALED[at + 1 :]

    with pytest.raises(SealBroken):
        open_part(KEY, HERE, altered, frame_bytes=FRAME)


@given(length=st.integers(0, len(SEALED) - 1))
def test_any_cut_is_noticed(length: int) -> None:
    """However short a part is cut, it is refused."""
    with pytest.raises(SealBroken):
        open_part(KEY, HERE, SEALED[:length], frame_bytes=FRAME)


@given(junk=st.binary(max_size=600))
def test_junk_is_refused(junk: bytes) -> None:
    """Bytes that were never sealed, alone or after a true header, are refused and raise nothing else."""
    for sealed in (junk, SEALED[: layout()["header tag"][1]] + junk, SEALED[:37] + junk):
        with pytest.raises(SealBroken):
            open_part(KEY, HERE, sealed, frame_bytes=FRAME)


def test_shorter_frames_are_refused() -> None:
    """A part of one frame, of the expected length but in a shorter framing, is refused."""
    sealed = seal_part(KEY, HERE, PLAINTEXT[:44], frame_bytes=FRAME)

    with pytest.raises(SealBroken):
        open_part(KEY, HERE, sealed, frame_bytes=2 * FRAME)


def test_refusal_says_nothing_of_the_secret() -> None:
    """The refusal names neither the key nor the content, and carries no other error along."""
    with pytest.raises(SealBroken) as refused:
        open_part(KEY, HERE, SEALED[:-1] + bytes([SEALED[-1] ^ 1]), frame_bytes=FRAME)

    assert refused.value.__suppress_context__
    assert KEY.hex() not in str(refused.value)
    assert str(HERE.document) not in str(refused.value)


def test_equal_plaintext_seals_differently() -> None:
    """Two sealings of the same part share neither data key nor message id, so no nonce can repeat under a key."""
    again = seal_part(KEY, HERE, PLAINTEXT, frame_bytes=FRAME)

    assert again != SEALED
    assert SEALED[3:35] != again[3:35]


def test_empty_part_is_refused() -> None:
    """An empty document is refused at the door; nothing seals it as a part."""
    with pytest.raises(ValueError, match="empty"):
        seal_part(KEY, HERE, b"")


@pytest.mark.parametrize("key", [b"", bytes(16), bytes(33)])
def test_key_of_another_length_is_refused(key: bytes) -> None:
    """A key that is not 32 bytes is a fault of the caller, not a broken seal."""
    with pytest.raises(ValueError, match="32 bytes"):
        seal_part(key, HERE, PLAINTEXT)
    with pytest.raises(ValueError, match="32 bytes"):
        open_part(key, HERE, SEALED)


@pytest.mark.parametrize("number", [-1, 0, MAX_PARTS + 1])
def test_part_number_has_six_digits(number: int) -> None:
    """A number that does not fit its field of the context is refused."""
    with pytest.raises(ValueError, match="from 1 to 999999"):
        replace(HERE, number=number)


@pytest.mark.parametrize(("expected", "size"), [(1, 1), (1, 10), (2, 11), (2, 20), (3, 21)])
def test_part_count(expected: int, size: int) -> None:
    """A document has as many parts as it needs, the last one never empty."""
    assert expected == part_count(size, 10)


@pytest.mark.parametrize(("size", "part_bytes"), [(0, 10), (-1, 10), (10, 0), (MAX_PARTS + 1, 1)])
def test_part_count_refuses(size: int, part_bytes: int) -> None:
    """Empty documents, empty parts and more parts than can be numbered are refused."""
    with pytest.raises(ValueError):
        part_count(size, part_bytes)


def test_object_keys() -> None:
    """Keys hold two UUIDs and a number of six digits, and lie below the prefixes of document and inspection."""
    inspection, document = UUID(int=1), UUID(int=2)
    key = object_key(inspection, document, 3)

    assert key == "00000000-0000-0000-0000-000000000001/00000000-0000-0000-0000-000000000002/000003"
    assert key.startswith(document_prefix(inspection, document))
    assert document_prefix(inspection, document).startswith(inspection_prefix(inspection))
    assert inspection_prefix(inspection).endswith("/")


def peak_of(size: int) -> int:
    """Return the peak of bytes allocated while sealing and opening a part of `size` bytes, its plaintext left out."""
    plaintext = bytes(size)
    tracemalloc.start()
    try:
        sealed = seal_part(KEY, HERE, plaintext)
        assert plaintext == open_part(KEY, HERE, sealed)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_of_one_part() -> None:
    """Sealing and then opening a part of 4 MiB never holds more than four times its size."""
    assert peak_of(4 * MIB) < 16 * MIB
