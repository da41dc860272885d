"""Test vectors for sealed parts: each names a way in which a part can be wrong, and whether it may be opened.

`python -m tests.vault.vectors` makes them anew into `vectors.json`. They differ at each making, because the SDK draws
a fresh data key and message id for every message; their names and expected results do not. Frames are of 128 bytes
so that a short plaintext has several.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from aws_encryption_sdk import EncryptionSDKClient
from aws_encryption_sdk.identifiers import Algorithm, CommitmentPolicy, EncryptionKeyType, WrappingAlgorithm
from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey
from aws_encryption_sdk.key_providers.raw import RawMasterKeyProvider

from portal.vault.parts import PartContext

FILE = Path(__file__).with_name("vectors.json")
FRAME = 128
"""The shortest frame that the SDK makes."""
KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))
HERE = PartContext(UUID(int=0x1A), UUID(int=0x2B), 2, final=True)
OTHER = UUID(int=0x3C)
PLAINTEXT = bytes(range(150)) * 2
"""Two full frames, and 44 bytes in the final one."""

Expected = Literal["opened", "broken"]


@dataclass(frozen=True)
class Vector:
    """One sealed part and the place it is opened for. Bytes are base64 in the file."""

    name: str
    expected: Expected
    key: bytes
    context: PartContext
    sealed: bytes
    plaintext: bytes
    """What `sealed` gives when it may be opened, else empty."""


class Keys(RawMasterKeyProvider):  # type: ignore[misc]  # the SDK has no types
    """A provider of whatever keys a vector needs, right or wrong."""

    provider_id = "evidence-portal"
    keys: Mapping[bytes, bytes]

    def _get_raw_key(self, key_id: bytes) -> WrappingKey:
        algorithm = WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING
        return WrappingKey(algorithm, self.keys[key_id], EncryptionKeyType.SYMMETRIC)


class OtherProvider(Keys):
    """The same key under another provider's name."""

    provider_id = "another-portal"


def seal_by_sdk(
    plaintext: bytes = PLAINTEXT,
    context: Mapping[str, str] | None = None,
    keys: Mapping[UUID, bytes] | None = None,
    suite: Algorithm = Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY,
    frame: int = FRAME,
    provider_class: type[Keys] = Keys,
) -> bytes:
    """Seal with the SDK directly, not with the code under test, so that a vector may be wrong in a chosen way."""
    chosen = keys if keys is not None else {HERE.inspection: KEY}
    provider = provider_class()
    provider.keys = {str(inspection).encode(): key for inspection, key in chosen.items()}
    provider.add_master_keys_from_list([str(inspection) for inspection in chosen])
    policy = (
        CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
        if suite.is_committing()
        else CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT
    )
    sealed, _header = EncryptionSDKClient(commitment_policy=policy).encrypt(
        source=plaintext,
        key_provider=provider,
        algorithm=suite,
        frame_length=frame,
        encryption_context=dict(HERE.fields() if context is None else context),
    )
    return bytes(sealed)


HEADER_FIELDS = {
    "version": 1,
    "suite": 2,
    "message id": 32,
    "context length": 2,
    "context": 124,
    "count of data keys": 2,
    "provider length": 2,
    "provider": 15,
    "key info length": 2,
    "key info": 56,
    "data key length": 2,
    "data key": 48,
    "content type": 1,
    "frame length": 4,
    "commitment": 32,
    "header tag": 16,
}
FRAME_FIELDS = {"sequence number": 4, "iv": 12, "ciphertext": FRAME, "tag": 16}
FINAL_FIELDS = {"end mark": 4, "sequence number": 4, "iv": 12, "length": 4, "ciphertext": 44, "tag": 16}


def layout() -> dict[str, tuple[int, int]]:
    """Return where each field of the sealed PLAINTEXT begins and ends."""
    sizes = (
        HEADER_FIELDS
        | {f"frame 1 {name}": size for name, size in FRAME_FIELDS.items()}
        | {f"frame 2 {name}": size for name, size in FRAME_FIELDS.items()}
        | {f"final frame {name}": size for name, size in FINAL_FIELDS.items()}
    )
    ends = list(accumulate(sizes.values()))
    return {name: (end - size, end) for (name, size), end in zip(sizes.items(), ends, strict=True)}


def make_vectors() -> list[Vector]:
    """Make every vector anew."""
    return [*_good(), *_cut(), *_elsewhere(), *_other_format(), *_other_context(), *_altered()]


def _broken(name: str, sealed: bytes, context: PartContext = HERE, key: bytes = KEY) -> Vector:
    return Vector(name, "broken", key, context, sealed, b"")


def _good() -> Iterator[Vector]:
    for size in (1, FRAME - 1, FRAME, FRAME + 1, 2 * FRAME, len(PLAINTEXT)):
        plaintext = PLAINTEXT[:size]
        yield Vector(f"good: {size} bytes", "opened", KEY, HERE, seal_by_sdk(plaintext), plaintext)
    earlier = replace(HERE, number=1, final=False)
    yield Vector("good: not final", "opened", KEY, earlier, seal_by_sdk(context=earlier.fields()), PLAINTEXT)


def _cut() -> Iterator[Vector]:
    sealed = seal_by_sdk()
    for name, (begin, _end) in layout().items():
        yield _broken(f"cut: before {name}", sealed[:begin])
    yield _broken("cut: last byte", sealed[:-1])
    # The end of a frame is where a cut looks most like a whole message.
    begin, end = layout()["frame 2 sequence number"][0], layout()["frame 2 tag"][1]
    yield _broken("cut: frame 2 taken out", sealed[:begin] + sealed[end:])
    first = layout()["frame 1 sequence number"][0]
    yield _broken("swapped: frames 1 and 2", sealed[:first] + sealed[begin:end] + sealed[first:begin] + sealed[end:])


def _elsewhere() -> Iterator[Vector]:
    sealed = seal_by_sdk()
    yield _broken("swapped: part 2 in the place of part 1", sealed, replace(HERE, number=1))
    yield _broken("other document", sealed, replace(HERE, document=OTHER))
    yield _broken("other inspection, same key", sealed, replace(HERE, inspection=OTHER))
    yield _broken("other inspection, its own key", sealed, replace(HERE, inspection=OTHER), OTHER_KEY)
    yield _broken("final said to be not final", sealed, replace(HERE, final=False))
    not_final = seal_by_sdk(context=replace(HERE, final=False).fields())
    yield _broken("not final said to be final", not_final)
    yield _broken("wrong key", sealed, key=OTHER_KEY)


def _other_format() -> Iterator[Vector]:
    yield _broken(
        "other suite: 0x0578, signed", seal_by_sdk(suite=Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384)
    )
    for suite in (
        Algorithm.AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384,
        Algorithm.AES_256_GCM_IV12_TAG16_HKDF_SHA256,
        Algorithm.AES_128_GCM_IV12_TAG16,
    ):
        yield _broken(f"other suite: 0x{suite.algorithm_id:04x}, format v1", seal_by_sdk(suite=suite))
    yield _broken("other framing: none", seal_by_sdk(frame=0))
    yield _broken("other framing: frames of 256 bytes", seal_by_sdk(frame=2 * FRAME))
    # One frame in either framing, so that the length does not tell.
    yield _broken("other framing: frames of 256 bytes, one frame", seal_by_sdk(PLAINTEXT[:44], frame=2 * FRAME))
    yield _broken("other version: format v1 with the suite of v2", _as_version_1(seal_by_sdk()))
    yield _broken("two data keys", seal_by_sdk(keys={HERE.inspection: KEY, OTHER: OTHER_KEY}))
    yield _broken("other key id", seal_by_sdk(keys={OTHER: KEY}))
    yield _broken("other provider", seal_by_sdk(provider_class=OtherProvider))
    yield _broken("empty plaintext", seal_by_sdk(b""))


def _as_version_1(sealed: bytes) -> bytes:
    """Put a header of format v1, which has no place for the commitment, around the data key of a true part."""
    place = layout()
    through_keys = sealed[place["context length"][0] : place["data key"][1]]
    header = b"\x01\x80" + sealed[1:3] + bytes(16) + through_keys + b"\x02" + bytes(4) + b"\x0c"
    header += FRAME.to_bytes(4, "big") + bytes(12 + 16)
    return header + sealed[place["header tag"][1] :]


def _other_context() -> Iterator[Vector]:
    fields = HERE.fields()
    yield _broken("missing context: all of it", seal_by_sdk(context={}))
    for missing in fields:
        others = {name: value for name, value in fields.items() if name != missing}
        yield _broken(f"missing context: {missing}", seal_by_sdk(context=others))
    yield _broken("extra context", seal_by_sdk(context=fields | {"extra": ""}))
    # Of the expected length, so that the comparison itself has to notice.
    renamed = {("pars" if name == "part" else name): value for name, value in fields.items()}
    yield _broken("other context: a field of another name", seal_by_sdk(context=renamed))
    upper = fields | {"inspection": str(HERE.inspection).upper()}
    yield _broken("other context: UUID in upper case", seal_by_sdk(context=upper))


def _altered() -> Iterator[Vector]:
    sealed = seal_by_sdk()
    for name, (begin, _end) in layout().items():
        flipped = bytearray(sealed)
        flipped[begin] ^= 1
        yield _broken(f"flipped bit: {name}", bytes(flipped))
    yield _broken("trailing bytes: one zero", sealed + b"\0")
    yield _broken("trailing bytes: a frame's length", sealed + bytes(FRAME + 32))
    yield _broken("trailing bytes: the same part again", sealed + sealed)
    yield _broken("leading byte", b"\0" + sealed)
    yield _broken("not sealed at all", PLAINTEXT)


def write_vectors(vectors: list[Vector]) -> str:
    """Return the vectors as the text of `vectors.json`: one a line, UUIDs as text, bytes as base64."""

    def plain(value: Any) -> str:
        return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)

    lines = [json.dumps(asdict(vector), default=plain) for vector in vectors]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def read_vectors(text: str) -> list[Vector]:
    """Invert `write_vectors`."""
    return [
        Vector(
            name=said["name"],
            expected=said["expected"],
            key=base64.b64decode(said["key"]),
            context=PartContext(
                UUID(said["context"]["inspection"]),
                UUID(said["context"]["document"]),
                said["context"]["number"],
                final=said["context"]["final"],
            ),
            sealed=base64.b64decode(said["sealed"]),
            plaintext=base64.b64decode(said["plaintext"]),
        )
        for said in json.loads(text)
    ]


if __name__ == "__main__":
    FILE.write_text(write_vectors(make_vectors()), "ascii")
