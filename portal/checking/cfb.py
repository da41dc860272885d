"""Compound files ([MS-CFB]): Word, Excel and PowerPoint until 2003, Outlook mails, Office files with a password."""

from collections.abc import Iterable
from io import BytesIO

import olefile
from olefile import STGTY_ROOT, STGTY_STREAM, OleFileIO

from portal.checking import biff, word
from portal.checking.notes import Notes
from portal.checking.ole import LINK, Packed, note_object, read_link, read_native

MAGIC: bytes = olefile.MAGIC
LOCKED = "locked"
_PASSWORD = ("EncryptedPackage", "EncryptedSummary", "\tDRMContent")
_STREAMS = (
    ("WordDocument", "doc"),
    ("Workbook", "xls"),
    ("Book", "xls"),
    ("PowerPoint Document", "ppt"),
    ("__properties_version1.0", "msg"),
    ("VisioDocument", "vsd"),
    ("Quill", "pub"),
)
_INSTALLER = "000C1084-0000-0000-C000-000000000046"
_TOKEN_ENCRYPTED = 0xF3D1C4DF
_LONGEST_STREAM = 256 * 1024 * 1024
_MOST_OBJECTS = 10_000
_NATIVE = "\x01ole10native"
_MACROS = ("_vba_project", "_vba_project_cur", "macros")
_ACTIVE = {**dict.fromkeys(_MACROS, "macros"), "\x03ocxname": "activex", "ctls": "activex"}
"""Streams and storages that are there where there are macros; controls, in Word and in Excel."""
_NAMES = (("3707001f", "utf-16-le"), ("3707001e", "cp1252"), ("3704001f", "utf-16-le"), ("3704001e", "cp1252"))
"""The long and the short name of what is attached to a mail, in letters of two bytes or of one ([MS-OXPROPS])."""


def kind(body: bytes, extension: str) -> str:
    """Return doc, xls, ppt, msg or the like, LOCKED for a modern Office file with a password, else cfb.

    One that cannot be read is of the kind that its ending says, if that is a compound file's.
    """
    try:
        with OleFileIO(BytesIO(body)) as container:
            names = {path[0].lower() for path in container.listdir()}
            if str(container.root.clsid).upper() == _INSTALLER:
                return "msi"
    except Exception:  # noqa: BLE001 - whatever olefile stumbles over: then nobody can say what this is
        return extension if extension in ("doc", "xls", "ppt", "msg") else "cfb"
    if "encryptedpackage" in names:
        return LOCKED
    return next((ending for stream, ending in _STREAMS if stream.lower() in names), "cfb")


def look_into_cfb(body: bytes, notes: Notes) -> int:
    """Note what is in a compound file; return how many files are in it."""
    with OleFileIO(BytesIO(body)) as container:
        parts = [tuple(part.lower() for part in path) for path in container.listdir(streams=True, storages=True)]
        if len(set(parts)) < len(parts) or _is_damaged(container):
            notes.found("unreadable")
        if any(container.exists(name) for name in _PASSWORD):
            notes.found("password")
        for code in sorted({_ACTIVE[path[-1]] for path in parts if path[-1] in _ACTIVE}):
            notes.found(code)
        if container.exists("WordDocument"):
            _look_into_word(container, notes)
        for name in ("Workbook", "Book"):
            if container.exists(name):
                biff.look_into_workbook(_stream(container, name), notes)
        if container.exists("Current User"):
            token = int.from_bytes(_stream(container, "Current User")[12:16], "little")
            if token == _TOKEN_ENCRYPTED:
                notes.found("password")
        objects = list(_objects(container, parts, notes))
    for each in objects:
        note_object(each, notes)
    return len(objects)


def _is_damaged(container: OleFileIO) -> bool:
    """Say whether a part of a stream lies behind the end of the file, as when it was cut, or where another part is."""
    seen = bytearray(len(container.fat))
    for entry in filter(None, container.direntries):
        if entry.is_minifat or entry.entry_type not in (STGTY_ROOT, STGTY_STREAM):
            continue
        sector = entry.isectStart
        for _ in range(0, entry.size, container.sector_size):
            if sector >= len(seen) or seen[sector]:
                return True
            seen[sector] = 1
            sector = container.fat[sector]
    return False


def _look_into_word(container: OleFileIO, notes: Notes) -> None:
    text = _stream(container, "WordDocument")
    tables = [_stream(container, name) if container.exists(name) else b"" for name in ("0Table", "1Table")]
    word.look_into_document(text, tables, notes)


def _objects(container: OleFileIO, paths: Iterable[tuple[str, ...]], notes: Notes) -> Iterable[Packed]:
    """Return the files and objects inside: Word keeps them in ObjectPool, Excel in storages that begin with MBD."""
    storages: dict[tuple[str, ...], Packed] = {}
    for path in paths:
        folder, last = path[:-1], path[-1]
        if last == _NATIVE:
            storages[folder] = read_native(_stream(container, path))
        elif last == LINK.lower() and (source := read_link(_stream(container, path))):
            storages[folder] = Packed("", b"", source)
        elif last.startswith("__attach_version1.0"):
            storages[path] = _attachment(container, path)
        elif folder[:1] == ("objectpool",):
            storages.setdefault(path[:2], Packed("", b""))
        elif folder and folder[0].startswith("mbd"):
            storages.setdefault(path[:1], Packed("", b""))
        if len(storages) == _MOST_OBJECTS:
            notes.found("too-large-to-check")
            break
    return storages.values()


def _attachment(container: OleFileIO, storage: tuple[str, ...]) -> Packed:
    """Return what is attached to a mail, by its long or short name. Another mail has neither name nor bytes."""
    shown, data = "", b""
    for tag, encoding in reversed(_NAMES):
        if container.exists(path := (*storage, f"__substg1.0_{tag}")):
            shown = _stream(container, path).decode(encoding, "replace")
    if container.exists(path := (*storage, "__substg1.0_37010102")):
        data = _stream(container, path)
    return Packed(shown, data)


def _stream(container: OleFileIO, path: str | tuple[str, ...]) -> bytes:
    size = container.get_size(path)
    if size > _LONGEST_STREAM:
        raise ValueError
    data: bytes = container.openstream(path).read()
    return data
