"""Zip files byte by byte, so that they can lie; and Office files of given parts."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.checking import packages
from portal.checking.notes import Notes

_LOCAL = "<4sHHHHHLLLHH"
_CENTRAL = "<4sHHHHHHLLLHHHHHLL"


@dataclass(frozen=True)
class Part:
    """One entry. `local` and `central` change single fields of a header, by name."""

    name: bytes
    data: bytes = b"<a/>"
    method: int = 8
    packed: bytes | None = None
    """In place of what `data` packs to."""
    local: Mapping[str, Any] = field(default_factory=dict)
    central: Mapping[str, Any] = field(default_factory=dict)
    after: bytes = b""
    """Between this entry and the next."""

    @property
    def content(self) -> bytes:
        """What lies in the file."""
        if self.packed is not None:
            return self.packed
        if self.method != 8:
            return self.data
        packer = zlib.compressobj(wbits=-15)
        return packer.compress(self.data) + packer.flush()

    def header(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields that both headers have, true but for the changes."""
        true: dict[str, Any] = {"flags": 0, "method": self.method, "crc": zlib.crc32(self.data), "extra": b""}
        true |= {"packed": len(self.content), "size": len(self.data), "name": self.name, "mode": 0, "system": 0}
        assert changes.keys() <= true.keys() | {"offset"}
        return {**true, **changes}


def codes(body: bytes) -> dict[str, tuple[str, ...]]:
    """Return what is found in a zip file: codes, and where."""
    notes = Notes()
    packages.inspect(body, notes)
    return {found.code: found.where for found in notes.findings}


def archive(*parts: Part, end: Mapping[str, int] | None = None, comment: bytes = b"", before_end: bytes = b"") -> bytes:
    """Return the zip file of these; `end` changes count, size or offset in its end record."""
    body, table = b"", b""
    for part in parts:
        offset = len(body)
        body += _local(part) + part.content + part.after
        table += _central(part, offset)
    said = {"count": len(parts), "size": len(table), "offset": len(body)} | dict(end or {})
    numbers = (said["count"], said["count"], said["size"], said["offset"], len(comment))
    return body + table + before_end + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, *numbers) + comment


def _local(part: Part) -> bytes:
    it = part.header(part.local)
    sums, lengths = (it["crc"], it["packed"], it["size"]), (len(it["name"]), len(it["extra"]))
    head = struct.pack(_LOCAL, b"PK\3\4", 20, it["flags"], it["method"], 0, 33, *sums, *lengths)
    return b"".join([head, it["name"], it["extra"]])


def _central(part: Part, offset: int) -> bytes:
    it = part.header(part.central)
    sums, made = (it["crc"], it["packed"], it["size"]), 20 | it["system"] << 8
    lengths, where = (len(it["name"]), len(it["extra"]), 0, 0, 0), (it["mode"] << 16, it.get("offset", offset))
    head = struct.pack(_CENTRAL, b"PK\1\2", made, 20, it["flags"], it["method"], 0, 33, *sums, *lengths, *where)
    return b"".join([head, it["name"], it["extra"]])


def packed(parts: Mapping[str, bytes | str], base: bytes = b"") -> bytes:
    """Return an ordinary zip file of these, those of `base` kept where they are not named."""
    made = io.BytesIO()
    kept: dict[str, bytes | str] = {}
    if base:
        with zipfile.ZipFile(io.BytesIO(base)) as old:
            kept = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in (kept | dict(parts)).items():
            file.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else None)
    return made.getvalue()


def part_of(base: bytes, name: str) -> str:
    """Return the text of one part."""
    with zipfile.ZipFile(io.BytesIO(base)) as file:
        return file.read(name).decode()
