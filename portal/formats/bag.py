"""A case bundle: a BagIt 1.0 bag (RFC 8493) in one zip, a pure function of a frozen snapshot.

Everything but the documents' own bytes is made before the first byte goes out, so the length and the ETag are known.
"""

import hashlib
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from portal.domain.times import london_date
from portal.formats.index import index_csv, index_html, printable
from portal.formats.names import safe_name, unique_paths
from portal.formats.snapshot import BundleFile, BundleGap, BundleGone, BundlePart, BundleSnapshot
from portal.formats.storedzip import Member, stored_length, stored_zip

__all__ = ["Bag", "BundleFile", "BundleGap", "BundleGone", "BundlePart", "BundleSnapshot", "make_bag"]

MAX_PATH_BYTES = 179
"""Of a path in the archive, top folder included: below what Windows allows, with room for the folder it is put in."""

# What the top folder of a part ends in, at most: left free in a whole bundle too, so that names are cut alike.
_LONGEST_SUFFIX = "-changes"
_DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
# Part of the ETag: to be raised when the same snapshot would give other bytes than before.
_LAYOUT = b"bundle layout 2\n"
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Bag:
    """A bundle that is ready to be sent."""

    filename: str
    """`RAA-2023-04-bundle.zip`, or `RAA-2023-04-changes.zip` for a part."""
    members: tuple[Member, ...]
    """Tag files, then the payload, in the order of the archive."""
    length: int
    """Exact length of the zip in bytes."""
    etag: str
    """64 hexadecimal digits, without quotes: the digest of the tag manifest, which covers every other file."""
    _tags: dict[str, bytes] = field(repr=False)
    _files: dict[str, BundleFile] = field(repr=False)

    @property
    def files(self) -> tuple[BundleFile, ...]:
        """The documents in it, in the order of the archive."""
        return tuple(self._files.values())

    def stream(self, open_document: Callable[[BundleFile], Iterable[bytes]]) -> Iterator[bytes]:
        """Yield the zip, `length` bytes in all; each document is opened when its turn comes.

        Fastest if `open_document` yields chunks of 4 MiB; what it raises passes through. Raises SealBroken if a
        document is not what the snapshot says: less than `length` was yielded then, so the download fails visibly.
        """

        def open_member(member: Member) -> Iterable[bytes]:
            file = self._files.get(member.path)
            return open_document(file) if file else (self._tags[member.path],)

        return stored_zip(self.members, open_member)


def make_bag(snapshot: BundleSnapshot) -> Bag:
    """Make the bag of `snapshot`; the same snapshot gives the same bytes each time.

    Raises ValueError if the reference, a part's suffix or a folder is no safe name, a SHA-256 is not 64 lower-case
    hexadecimal digits, or a path leaves no room for a name.
    """
    _require_sound(snapshot)
    top, files = f"{snapshot.folder}/", snapshot.inside
    paths = _paths(snapshot)
    tags = {top + path: data for path, data in _tag_files(snapshot, paths).items()}
    tag_members = [Member(path, len(data), zlib.crc32(data), snapshot.frozen_at) for path, data in tags.items()]
    payload = [
        Member(top + path, file.size, file.crc32, file.received_at) for path, file in zip(paths, files, strict=True)
    ]
    if not payload:
        # A bag has a payload folder even if it is empty.
        tags[f"{top}data/"] = b""
        payload = [Member(f"{top}data/", 0, 0, snapshot.frozen_at)]
    members = (*tag_members, *payload)
    return Bag(
        filename=f"{snapshot.folder if snapshot.part else f'{snapshot.reference}-bundle'}.zip",
        members=members,
        length=stored_length(members),
        etag=hashlib.sha256(_LAYOUT + tags[f"{top}tagmanifest-sha256.txt"]).hexdigest(),
        _tags=tags,
        _files={top + path: file for path, file in zip(paths, files, strict=True)},
    )


def _paths(snapshot: BundleSnapshot) -> tuple[str, ...]:
    """Return the paths of the files inside, made among all: a file is called the same in a part as in the whole."""
    wanted = [(f"data/{file.folder}", file.name) for file in snapshot.files]
    room = MAX_PATH_BYTES - len(f"{snapshot.reference}{_LONGEST_SUFFIX}/".encode())
    paths = dict(zip((file.document for file in snapshot.files), unique_paths(wanted, room), strict=True))
    return tuple(paths[file.document] for file in snapshot.inside)


def _tag_files(snapshot: BundleSnapshot, paths: tuple[str, ...]) -> dict[str, bytes]:
    """Return the files at the bag's root by name, the tag manifest over all others last."""
    tags = {
        "index.html": index_html(snapshot, paths),
        "index.csv": index_csv(snapshot, paths),
        **({} if snapshot.receipt is None else {"receipt.json": snapshot.receipt}),
        "bagit.txt": _DECLARATION,
        "bag-info.txt": _bag_info(snapshot),
        "manifest-sha256.txt": _manifest(zip(paths, (file.sha256 for file in snapshot.inside), strict=True)),
    }
    digests = ((path, hashlib.sha256(data).hexdigest()) for path, data in tags.items())
    return {**tags, "tagmanifest-sha256.txt": _manifest(digests)}


def _manifest(digests: Iterable[tuple[str, str]]) -> bytes:
    return "".join(f"{digest}  {_encoded(path)}\n" for path, digest in digests).encode()


def _encoded(path: str) -> str:
    """Encode what RFC 8493 §2.1.3 asks for; safe names have none of it, and this holds should they ever change."""
    return path.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _bag_info(snapshot: BundleSnapshot) -> bytes:
    """Return the bag's metadata: organisations and figures, no people."""
    size = sum(file.size for file in snapshot.inside)
    part = f", {snapshot.part.words} alone" if snapshot.part else ""
    info = {
        "Source-Organization": snapshot.agency,
        "External-Identifier": snapshot.reference,
        "External-Description": f"Pre-inspection information for {snapshot.programme}{part}",
        "Bagging-Date": london_date(snapshot.frozen_at).isoformat(),
        "Payload-Oxum": f"{size}.{len(snapshot.inside)}",
        **({"Withheld": f"{len(snapshot.withheld)}, listed in index.html"} if snapshot.withheld else {}),
    }
    return "".join(f"{label}: {printable(' '.join(value.split()))}\n" for label, value in info.items()).encode()


def _require_sound(snapshot: BundleSnapshot) -> None:
    for folder in {snapshot.reference, snapshot.folder, *(file.folder for file in snapshot.files)}:
        if safe_name(folder, MAX_PATH_BYTES) != folder:
            raise ValueError(f"{folder!r} is not safe as the name of a folder.")
    if snapshot.part and len(snapshot.part.suffix.encode()) >= len(_LONGEST_SUFFIX):
        raise ValueError(f"{snapshot.part.suffix!r} is too long for the name of a folder.")
    if not all(_SHA256.fullmatch(file.sha256) for file in snapshot.files):
        raise ValueError("A SHA-256 is not 64 lower-case hexadecimal digits.")
