"""The distributed store: one object in a bucket for each sealed part, through any service that speaks S3."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from typing import Any, TypedDict

from boto3.session import Session
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from portal.adapters.objectkeys import checked_key, checked_prefix
from portal.domain.errors import ObjectExists, ObjectMissing, StoreUnavailable
from portal.ports import BlobStore

_TRIES = 3
_BATCH = 1000
"""The most one request may delete; a batch is 46 times faster than one request for each object."""


def make_client(region: str, endpoint: str = "", access_key: str = "", secret_key: str = "") -> BaseClient:
    """Return a thread-safe client of the S3 at `endpoint`, by default that of AWS.

    Without keys, boto3 looks for the machine's own role. Time-outs in seconds: 5 to connect, 30 without a byte; a
    failed request is repeated three times with growing pauses.
    """
    config = Config(
        connect_timeout=5,
        read_timeout=30,
        retries={"mode": "standard", "total_max_attempts": 4},
        # One connection for each thread of the server (rule 12); fewer would queue, and a default of 10 would warn.
        max_pool_connections=64,
        tcp_keepalive=True,
        # Names of buckets in the host name need a wildcard in DNS, which only AWS has for certain.
        s3={"addressing_style": "path" if endpoint else "auto"},
    )
    return Session().client(
        "s3",
        region_name=region,
        endpoint_url=endpoint or None,
        aws_access_key_id=access_key or None,
        aws_secret_access_key=secret_key or None,
        config=config,
    )


class _Version(TypedDict):
    Key: str
    VersionId: str


class S3Store(BlobStore):
    """Sealed objects in a bucket that belongs to the portal alone; `page` is how many entries a listing asks for.

    Works with and without versioning. Keys that break the grammar raise ValueError.
    """

    def __init__(self, bucket: str, client: BaseClient, page: int = 1000) -> None:
        self._bucket = bucket
        self._client = client
        self._page = page

    def put(self, key: str, data: bytes) -> None:
        """Make `data` durable under `key`; the same data again is no error. Raises ObjectExists, StoreUnavailable.

        An earlier try may have landed although its answer was lost. Sealed bytes are never twice the same, so where
        the key holds exactly these, it was this writer's own try.
        """
        checked_key(key)
        with _answering():
            for _ in range(_TRIES):
                refusal = self._put_if_absent(key, data)
                if not refusal:
                    return
                # "Conflict" means that another writer is at it right now, so the outcome is not known yet.
                if refusal == "PreconditionFailed":
                    if self.get(key) != data:
                        raise ObjectExists("This part was stored before. Start the upload again.")
                    return
        raise StoreUnavailable("The store is busy with this part. Try again in a few minutes.")

    def get(self, key: str) -> bytes:
        """Return the object, its checksum compared by boto3. Raises ObjectMissing, StoreUnavailable."""
        checked_key(key)
        with _answering():
            for left in reversed(range(_TRIES)):
                try:
                    body: bytes = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
                except ClientError as error:
                    if _code(error) == "NoSuchKey":
                        raise ObjectMissing("The store has no such part. Tell the administrator.") from None
                    raise
                except BotoCoreError:
                    # boto3 repeats requests, but not the reading of a body that broke off.
                    if not left:
                        raise
                else:
                    return body
        raise AssertionError("unreachable")

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys of current objects below `prefix`, in order; the empty prefix yields those of the bucket."""
        if prefix:
            checked_prefix(prefix)
        return (entry["Key"] for entry in self._listed("list_objects_v2", prefix, "Contents"))

    def delete(self, keys: Iterable[str]) -> None:
        """Delete every version of these objects; a key that is not there is no error. Raises StoreUnavailable."""
        wanted: defaultdict[str, set[str]] = defaultdict(set)
        for key in keys:
            wanted[checked_key(key).rpartition("/")[0] + "/"].add(key)
        # One listing for each document: a request for each key would cost as much as deleting one by one.
        for document, names in wanted.items():
            self._delete_versions(version for version in self._versions(document) if version["Key"] in names)

    def empty(self, prefix: str) -> int:
        """Delete all versions and markers below `prefix`, abort unfinished uploads. Return how many of all three."""
        aborted = self._abort(list(self._listed("list_multipart_uploads", checked_prefix(prefix), "Uploads")))
        return aborted + self._delete_versions(self._versions(prefix))

    def remains(self, prefix: str) -> int:
        """Count versions, delete markers and unfinished uploads below `prefix`."""
        unfinished = self._listed("list_multipart_uploads", checked_prefix(prefix), "Uploads")
        return sum(1 for _ in chain(self._versions(prefix), unfinished))

    def clear_unfinished(self, min_age: timedelta) -> int:
        """Abort the uploads in parts begun at least `min_age` ago, in the whole bucket. Return how many.

        A `put` that is killed leaves nothing; what this finds was begun with other tools.
        """
        # Compared with the clock of the machine, as the service stamps them by its own, never by the portal's clock.
        latest = datetime.now(UTC) - min_age
        uploads = self._listed("list_multipart_uploads", "", "Uploads")
        return self._abort([upload for upload in uploads if upload["Initiated"] <= latest])

    def _put_if_absent(self, key: str, data: bytes) -> str:
        """Put and return the empty string, or the code with which the service says that the key is taken."""
        try:
            # CRC-32 guards the way; what is sealed guards itself. SHA-256 would cost 1 to 2 ms more a part.
            self._client.put_object(Bucket=self._bucket, Key=key, Body=data, IfNoneMatch="*", ChecksumAlgorithm="CRC32")
        except ClientError as error:
            if _code(error) in {"PreconditionFailed", "ConditionalRequestConflict"}:
                return _code(error)
            raise
        return ""

    def _listed(self, operation: str, prefix: str, *kinds: str) -> Iterator[dict[str, Any]]:
        pages = self._client.get_paginator(operation).paginate(
            Bucket=self._bucket, Prefix=prefix, PaginationConfig={"PageSize": self._page}
        )
        with _answering():
            for page in pages:
                for kind in kinds:
                    yield from page.get(kind, ())

    def _versions(self, prefix: str) -> Iterator[_Version]:
        for entry in self._listed("list_object_versions", prefix, "Versions", "DeleteMarkers"):
            yield {"Key": entry["Key"], "VersionId": entry["VersionId"]}

    def _delete_versions(self, versions: Iterator[_Version]) -> int:
        removed = 0
        while batch := list(islice(versions, _BATCH)):
            with _answering():
                answer = self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": batch, "Quiet": True})
            # The service answers 200 even where it deleted nothing, for instance under a legal hold.
            if errors := answer.get("Errors"):
                raise StoreUnavailable(f"The store did not delete {len(errors)} parts ({errors[0].get('Code')}).")
            removed += len(batch)
        return removed

    def _abort(self, uploads: list[dict[str, Any]]) -> int:
        for upload in uploads:
            try:
                with _answering():
                    self._client.abort_multipart_upload(
                        Bucket=self._bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                    )
            except StoreUnavailable as error:
                if not (isinstance(error.__cause__, ClientError) and _code(error.__cause__) == "NoSuchUpload"):
                    raise
        return len(uploads)


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", "unknown"))


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise StoreUnavailable(f"The store refused ({_code(error)}). Try again in a few minutes.") from error
    except BotoCoreError as error:
        # The kind alone: the message may hold an address or a key.
        raise StoreUnavailable(
            f"The store does not answer ({type(error).__name__}). Try again in a few minutes."
        ) from error
