"""What tests of releases do over and over: send what is flagged or withheld, and take a bundle apart."""

import io
from uuid import UUID
from zipfile import ZipFile

from portal.ports import Deps
from portal.services.check import check_document
from portal.services.hand_over import make_bundle
from schemas.checking import Answer, Found
from tests.world import Someone, World, sample, upload

WHY = "A known form of the council."


def send(world: World, item: str = "statement-of-purpose", found: str = "", data: bytes | None = None) -> UUID:
    """Let agency A send a document in which this is found."""
    world.fakes.checker.answer = Answer("pdf", (Found(found, 1, ("/OpenAction",)),)) if found else None
    document = upload(world.deps, world.leader.actor, world.a.inspection, item, data=data or sample(seed=9)).document
    check_document(world.deps, document)
    return document


def bundle(world: World, who: Someone, scope: str = "all", item: str = "", deps: Deps | None = None) -> ZipFile:
    """Download to the end, and open what came."""
    bag, chunks = make_bundle(deps or world.deps, who.actor, world.a.inspection, scope, item)  # type: ignore[arg-type]
    data = b"".join(chunks)
    assert bag.length == len(data)
    return ZipFile(io.BytesIO(data))


def payload(archive: ZipFile) -> list[str]:
    """Return the names of the documents in a bundle."""
    return [each.rpartition("/")[2] for each in archive.namelist() if "/data/" in each and not each.endswith("/")]


def text(archive: ZipFile, name: str) -> str:
    """Return one of a bundle's own files."""
    [path] = [each for each in archive.namelist() if each.endswith("/" + name)]
    return archive.read(path).decode("utf-8-sig")
