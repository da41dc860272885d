"""One sealed message: the AWS Encryption SDK's format v2, suite 0x0478, under an inspection's key (rule 9).

The SDK wraps a fresh data key for each message, derives from it and a random message id the key of the frames, and
commits to it; no nonce can repeat. What the SDK leaves to its caller is checked here: that the suite, the context, the
frame length and the total length are the ones expected.
"""

import struct
from collections.abc import Mapping
from io import BytesIO
from uuid import UUID

from aws_encryption_sdk import EncryptionSDKClient
from aws_encryption_sdk.exceptions import AWSEncryptionSDKClientError
from aws_encryption_sdk.identifiers import (
    Algorithm,
    CommitmentPolicy,
    ContentType,
    EncryptionKeyType,
    WrappingAlgorithm,
)
from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey
from aws_encryption_sdk.key_providers.raw import RawMasterKeyProvider
from aws_encryption_sdk.structures import MessageHeader
from cryptography.exceptions import InvalidTag

from portal.domain.errors import SealBroken
from portal.domain.policy import KIB
from schemas.texts import say

PROVIDER_ID = "evidence-portal"
KEY_BYTES = 32
FRAME_BYTES = 256 * KIB
"""Measured: frames of 4 KiB seal at a sixth of the speed; longer ones than this gain little and hold more memory."""

_SUITE = Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY
_OPENING = b"\x02" + _SUITE.algorithm_id.to_bytes(2, "big")
"""The format's version and the suite: looked at first, so that no other is even tried."""
_CLIENT = EncryptionSDKClient(
    commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT, max_encrypted_data_keys=1
)

_KEY_ID_BYTES = 36  # a UUID as text
_WRAPPED_KEY_BYTES = (2 + len(PROVIDER_ID)) + (2 + _KEY_ID_BYTES + 4 + 4 + 12) + (2 + 32 + 16)
_HEADER_BYTES = 1 + 2 + 32 + 2 + 2 + _WRAPPED_KEY_BYTES + 1 + 4 + 32 + 16
_FRAME_OVERHEAD = 4 + 12 + 16
_FINAL_FRAME_EXTRA = 4 + 4

_BROKEN = say(
    "This sealed record is not what was stored: it was cut, altered, moved or sealed under another key. "
    "Nothing of it was read. Tell the administrator, who can compare it with a backup."
)


class _InspectionKeyProvider(RawMasterKeyProvider):  # type: ignore[misc]  # the SDK has no types
    """Gives the SDK one wrapping key: the inspection's."""

    provider_id = PROVIDER_ID
    wrapping_key: WrappingKey

    def _get_raw_key(self, key_id: bytes) -> WrappingKey:
        return self.wrapping_key


def _provider(key: bytes, inspection: UUID) -> _InspectionKeyProvider:
    """Made anew for each message (37 µs): one kept between messages would outlive the key cache's few minutes."""
    if len(key) != KEY_BYTES:
        raise ValueError(f"An inspection's key is {KEY_BYTES} bytes, not {len(key)}.")
    provider = _InspectionKeyProvider()
    provider.wrapping_key = WrappingKey(
        WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING, key, EncryptionKeyType.SYMMETRIC
    )
    provider.add_master_key(str(inspection))
    return provider


def _header_length(context: Mapping[str, str]) -> int:
    fields = sum(4 + len(name.encode()) + len(value.encode()) for name, value in context.items())
    return _HEADER_BYTES + 2 + fields


def message_length(context: Mapping[str, str], plaintext_length: int, frame_bytes: int = FRAME_BYTES) -> int:
    """Return the exact length in bytes of a sealed message of `plaintext_length` bytes with this (non-empty) context.

    A message has one frame more than it has full frames; the last one is shorter than a frame and may be empty.
    """
    frames = plaintext_length // frame_bytes + 1
    return _header_length(context) + plaintext_length + frames * _FRAME_OVERHEAD + _FINAL_FRAME_EXTRA


def seal_message(
    key: bytes, inspection: UUID, context: Mapping[str, str], plaintext: bytes, frame_bytes: int = FRAME_BYTES
) -> bytes:
    """Seal `plaintext` (one byte or more) under the inspection's 32-byte key, bound to `context`.

    Raises ValueError for an empty plaintext or a key of another length.
    """
    if not plaintext:
        raise ValueError("There is nothing to seal: the plaintext is empty.")
    stream = _CLIENT.stream(
        mode="e",
        source=plaintext,
        source_length=len(plaintext),
        key_provider=_provider(key, inspection),
        algorithm=_SUITE,
        frame_length=frame_bytes,
        encryption_context=dict(context),
    )
    # Exactly the header, then for each frame exactly its bytes: so the SDK's buffer is empty before each frame, and
    # it has nothing to copy along (1.2 times as fast as reading a frame's length each time, 3 times as read()).
    # They go into memory of the whole length, which is then given away as it is: a list, joined, would hold it twice.
    sealed = BytesIO(bytes(message_length(context, len(plaintext), frame_bytes)))
    sealed.write(stream.read(_header_length(context)))
    while frame := stream.read(frame_bytes):
        sealed.write(frame)
        sealed.write(stream.read(_FRAME_OVERHEAD))
    return sealed.getvalue()


def open_message(
    key: bytes, inspection: UUID, context: Mapping[str, str], sealed: bytes, frame_bytes: int = FRAME_BYTES
) -> bytes:
    """Return the plaintext of a message sealed with exactly this inspection, context and frame length.

    Raises SealBroken, before a byte is released, if it is anything else, and ValueError for a key of another length.
    """
    provider = _provider(key, inspection)
    if not sealed.startswith(_OPENING):
        raise SealBroken(_BROKEN)
    try:
        # No `with`: leaving it before the last frame makes the SDK log a traceback of its own.
        stream = _CLIENT.stream(mode="d", source=sealed, key_provider=provider)
        if not _is_expected(stream.header, context, frame_bytes):
            raise SealBroken(_BROKEN)
        plaintext = b"".join(iter(lambda: stream.read(frame_bytes), b""))
    except (AWSEncryptionSDKClientError, InvalidTag, ValueError, TypeError, LookupError, struct.error):
        raise SealBroken(_BROKEN) from None
    # The SDK leaves unread what follows the last frame, and other writers may frame the same bytes otherwise.
    if not plaintext or len(sealed) != message_length(context, len(plaintext), frame_bytes):
        raise SealBroken(_BROKEN)
    return plaintext


def _is_expected(header: MessageHeader, context: Mapping[str, str], frame_bytes: int) -> bool:
    """Compare what the SDK does not: it takes any context and framing that the key vouches for."""
    return bool(
        header.content_type is ContentType.FRAMED_DATA
        and header.frame_length == frame_bytes
        and header.encryption_context == dict(context)
    )
