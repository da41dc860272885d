"""A bucket with Object Lock where checkpoints are kept: nobody can alter or delete one until its retention ends.

Not even the account that owns the bucket, in mode COMPLIANCE. The bucket has to be made with Object Lock; without it
the service refuses every put.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.client import BaseClient
from botocore.exceptions import BotoCoreError, ClientError

from portal.adapters.anchors import checked_name
from portal.domain.errors import ObjectExists, StoreUnavailable
from portal.ports import Anchor

_TAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})


class BucketAnchor(Anchor):
    """One object for each checkpoint, locked for `days`, by the machine's own clock.

    What was kept first under a name is what counts: a later version, or a marker that hides it, changes nothing.
    """

    def __init__(self, bucket: str, client: BaseClient, days: int) -> None:
        self._bucket = bucket
        self._client = client
        self._days = days

    def keep(self, name: str, data: bytes) -> None:
        """Keep `data` under lock; the same again is no error. Raises ObjectExists, StoreUnavailable, ValueError."""
        checked_name(name)
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=name,
                Body=data,
                IfNoneMatch="*",
                ObjectLockMode="COMPLIANCE",
                ObjectLockRetainUntilDate=datetime.now(UTC) + timedelta(days=self._days),
                ChecksumAlgorithm="SHA256",
            )
        except ClientError as error:
            if _code(error) not in _TAKEN:
                raise _refused(error) from error
        except BotoCoreError as error:
            raise _silent(error) from error
        else:
            return
        if self._first(name) != data:
            raise ObjectExists(f"The statement {name} was kept before and reads otherwise.")

    def kept(self, prefix: str = "", after: str = "") -> Iterator[tuple[str, bytes]]:
        """Yield the names and what was kept under each first, in the order of the names. Raises StoreUnavailable."""
        for name, version in sorted(self._first_versions(prefix).items()):
            if name > after:
                yield name, self._read(name, version)

    def _first(self, name: str) -> bytes | None:
        version = self._first_versions(name).get(name)
        return None if version is None else self._read(name, version)

    def _first_versions(self, prefix: str) -> dict[str, str]:
        """Return the oldest version of every object by its name; the service lists the newest of a name first."""
        found: dict[str, str] = {}
        try:
            pages = self._client.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=prefix)
            for page in pages:
                found |= {each["Key"]: each["VersionId"] for each in page.get("Versions", ())}
        except ClientError as error:
            raise _refused(error) from error
        except BotoCoreError as error:
            raise _silent(error) from error
        return found

    def _read(self, name: str, version: str) -> bytes:
        try:
            answer: dict[str, Any] = self._client.get_object(Bucket=self._bucket, Key=name, VersionId=version)
            body: bytes = answer["Body"].read()
        except ClientError as error:
            raise _refused(error) from error
        except BotoCoreError as error:
            raise _silent(error) from error
        return body


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", "unknown"))


def _refused(error: ClientError) -> StoreUnavailable:
    return StoreUnavailable(f"The bucket of the anchor refused ({_code(error)}).")


def _silent(error: BotoCoreError) -> StoreUnavailable:
    # The kind alone: the message may hold an address or a key.
    return StoreUnavailable(f"The bucket of the anchor does not answer ({type(error).__name__}).")
