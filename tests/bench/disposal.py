"""What a disposal costs as its documents become many, beside bare durable deletes of the same objects."""

import os
import secrets
import shutil
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from uuid import UUID, uuid4

from sqlalchemy import insert

from portal.db.engine import writing
from portal.db.tables import Document, Inspection, Programme
from portal.domain.actors import OPERATOR
from portal.domain.lifecycle import DocumentState
from portal.domain.times import london_date
from portal.services.dispose import dispose
from portal.vault.parts import sealed_length
from portal.vault.records import Details, inspection_key, seal_details
from tests.bench.figures import Figure, ratios
from tests.bench.scale import Scale, case, place
from tests.e2e.scene import Scene

BYTES = sealed_length(20_000)
"""Of each object: a short letter. Large ones only make the digest slower, and the bare deletes as well."""
BOUND = 0.5
LINEAR = 1.5
"""How many times as long, in bare deletes, each document may take where there are ten times as many, or a hundred."""
_ROWS = 1_000


def disposal(root: Path, scale: Scale) -> list[Figure]:
    """Whole disposals, from fence to certificate, of inspections with so many documents of one object each."""
    took: dict[int, list[float]] = {size: [] for size in scale.disposals}
    bare: dict[int, list[float]] = {size: [] for size in scale.disposals}
    with place(root, scale) as portal:
        for size in scale.disposals:
            for _ in range(scale.rounds if size <= _ROWS else 1):
                with case(portal) as made:
                    folder = portal.root / "data" / "store" / str(made.inspection)
                    _fill(made, folder, size)
                    shutil.copytree(folder, root / "bare")
                    os.sync()  # what was written for the bench is not to be written during it
                    bare[size].append(_delete(root / "bare"))
                    began = perf_counter()
                    dispose(made.deps, OPERATOR, made.inspection)
                    took[size].append(perf_counter() - began)
    return _figures(took, bare, scale)


def _fill(made: Scene, folder: Path, size: int) -> None:
    """Give the inspection documents with their rows and objects, and let its year be over."""
    deps, now, data = made.deps, made.deps.clock.now(), secrets.token_bytes(BYTES)
    with writing(deps.engine) as session:
        inspection = session.get_one(Inspection, made.inspection)
        key = inspection_key(deps, inspection)
        common = {
            "inspection_id": made.inspection,
            "item": "commissioned-services",
            "slot": "file",
            "state": DocumentState.received,
            "extension": "pdf",
            "size": 20_000,
            "part_bytes": deps.policy.part_bytes,
            "began_at": now,
            "received_at": now,
            "on_time": True,
            "lease_until": now,
            "sent_by": made.leader.person,
        }
        for start in range(0, size, _ROWS):
            ids = [uuid4() for _ in range(min(_ROWS, size - start))]
            rows = [common | _own(key, made.inspection, each, start + at) for at, each in enumerate(ids)]
            session.execute(insert(Document), rows)
            for each in ids:
                (folder / str(each)).mkdir(parents=True)
                (folder / str(each) / "000001").write_bytes(data)
        inspection.state = "closed"
        programme = session.get_one(Programme, inspection.programme_id)
        programme.published_on = london_date(now) - timedelta(days=800)
        programme.publication_entered_at = now - timedelta(days=400)


def _own(key: bytes, inspection: UUID, document: UUID, number: int) -> dict[str, object]:
    return {
        "id": document,
        "upload_id": secrets.token_hex(8),
        "version": number + 1,
        "sealed_details": seal_details(key, inspection, document, Details(f"Letter {number}.pdf")),
        "name_digest": secrets.token_bytes(32),
        "sha256": secrets.token_bytes(32),
        "crc32": number,
    }


def _delete(folder: Path) -> float:
    """Return the seconds for deleting every object durably: each name taken away, and its folder synced."""
    began = perf_counter()
    for below in sorted(folder.iterdir()):
        for file in sorted(below.iterdir()):
            file.unlink()
        descriptor = os.open(below, os.O_RDONLY | os.O_DIRECTORY)
        os.fsync(descriptor)
        os.close(descriptor)
    took = perf_counter() - began
    shutil.rmtree(folder)
    return took


def _figures(took: dict[int, list[float]], bare: dict[int, list[float]], scale: Scale) -> list[Figure]:
    said = {size: f"disposal of {size:,} {'documents' if size > 1 else 'document'}" for size in took}
    middle, *larger = sorted(took)[1:]

    def each_of(size: int) -> float:
        return median(took[size]) / median(bare[size])

    return [
        *(Figure(said[size], "s", tuple(each)) for size, each in took.items()),
        *(Figure(f"bare deletes of {size:,}", "s", tuple(each)) for size, each in bare.items()),
        *(
            Figure(
                f"{said[size]}, of bare deletes", "", ratios(bare[size], took[size]),
                # One delete takes less than the certificate that it is told by.
                at_least=BOUND if size > 1 else None, judged=scale.judged,
            )
            for size in took
        ),
        *(
            Figure(
                f"each of {size:,}, to each of {middle:,}, in bare deletes", "", (each_of(size) / each_of(middle),),
                at_most=LINEAR, judged=scale.judged,
            )
            for size in larger
        ),
    ]  # fmt: skip
