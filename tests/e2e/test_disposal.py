"""What is left of an inspection once another process has disposed of it: nothing that can be read, found or opened."""

import hashlib
import io
import shutil
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from http.client import HTTPException
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select, update

from portal.adapters.keyfolder import KeyFolder
from portal.db.endings import Hold
from portal.db.engine import reading, writing
from portal.db.queries import current_documents
from portal.db.tables import Document, Inspection, Person, Programme
from portal.domain.errors import KeyRemoved, KeyUnavailable, SealBroken
from portal.domain.holds import Terms
from portal.domain.roles import Role
from portal.domain.times import london_date
from portal.services.explain import explain_gap
from portal.services.hand_over import download_document
from portal.services.holds import place_hold
from tests.e2e.browser import Browser
from tests.e2e.canaries import CANARIES, FILE, NAME, WORDS, leaks
from tests.e2e.files import BLOCK
from tests.e2e.installation import Installation, installation
from tests.e2e.scene import Scene, announced
from tests.world import add_person, give_role, sample

WHO, ADDRESS = "canary-leader-41d0", "canary-address-9be2@gone.example"
DIGEST = hashlib.sha256(FILE).digest()
EVERYTHING = (
    *CANARIES,
    *(word.encode(code) for word in (WHO, ADDRESS, DIGEST.hex()) for code in ("utf-8", "utf-16-le")),
    DIGEST,
)
THEIRS = sample("pdf", 300_000, seed=3)


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Installation]:
    """A portal with its server running."""
    with installation(tmp_path / "portal") as made:
        made.serve()
        yield made


def _fill(scene: Scene) -> Browser:
    """Let a leader who has nothing else here send and type what must not be found; return the lead inspector."""
    deps, inspection = scene.deps, str(scene.inspection)
    with writing(deps.engine) as session:
        session.execute(update(Person).where(Person.id == scene.leader.person).values(name=WHO, email=ADDRESS))
    leader = scene.browser(scene.leader)
    sent = leader.put(inspection, "statement-of-purpose", "file", f"{NAME}.pdf", FILE, len(FILE))
    assert 201 == sent.status
    explain_gap(deps, scene.leader, scene.inspection, "annual-report", "not_held", WORDS)
    _hold(scene)
    messages = f"/inspections/{inspection}/messages/"
    assert 303 == leader.post(messages, words=WORDS, asks="yes").status
    assert 0 == scene.portal.command("worker", "--once").returncode  # the mails that wait are sent
    return scene.browser(scene.lead)


def _hold(scene: Scene) -> None:
    """Hold it for a reason, and have that over again."""
    deps = scene.deps
    officer = add_person(deps, "officer@inspectorate.example")
    give_role(deps, officer.id, Role.data_protection_officer)
    review = london_date(deps.clock.now()) + timedelta(days=30)
    placed = place_hold(deps, officer.actor, scene.inspection, Terms(WORDS, review))
    with writing(deps.engine) as session:
        session.get_one(Hold, placed).lifted_at = deps.clock.now()
        session.get_one(Inspection, scene.inspection).held = False


def _make_due(scene: Scene) -> None:
    now = scene.deps.clock.now()
    with writing(scene.deps.engine) as session:
        inspection = session.get_one(Inspection, scene.inspection)
        inspection.state = "closed"
        programme = session.get_one(Programme, inspection.programme_id)
        programme.published_on = london_date(now) - timedelta(days=800)
        programme.publication_entered_at = now - timedelta(days=400)


def _cut_bundle(scene: Scene, lead: Browser) -> tuple[int, bytes]:
    """Read on while another process disposes of it; return how long the bundle was to be, and what came of it."""
    got = b""
    with lead.open("GET", f"/team/inspections/{scene.inspection}/bundle") as response:
        assert 200 == response.status
        length = int(response.headers["Content-Length"])
        got += response.read(BLOCK)
        _make_due(scene)
        done = scene.portal.command("retention", "dispose", "--yes", "--only", scene.reference)
        assert 0 == done.returncode, done.stderr
        try:
            while block := response.read(BLOCK):
                got += block
        except (OSError, HTTPException):
            pass
    return length, got


def _content(scene: Scene, document: UUID) -> bytes:
    return b"".join(download_document(scene.deps, scene.lead, scene.inspection, document).chunks)


def test_nothing_is_left_of_what_another_process_disposed_of(portal: Installation, tmp_path: Path) -> None:
    """A download of it breaks; no file holds a word of it; a copy opens with no key that is left; neighbours stay."""
    _settings, deps = portal.connect()
    scene, neighbour = announced(portal, deps, "GONE"), announced(portal, deps, "KEPT")
    lead = _fill(scene)
    sent = neighbour.browser(neighbour.leader).put(
        str(neighbour.inspection), "childrens-guide", "file", "guide.pdf", THEIRS, len(THEIRS)
    )
    kept = UUID(sent.json()["body"]["document"])
    assert {".eml", ".sqlite3"} <= {Path(each).suffix.removesuffix("-wal") for each in leaks(portal, EVERYTHING)}
    shutil.copytree(portal.root / "data", tmp_path / "copy")
    with reading(deps.engine) as session:
        wrapped = session.get_one(Inspection, scene.inspection).wrapped_key or b""
        assert 1 == len(current_documents(session, scene.inspection))

    length, got = _cut_bundle(scene, lead)
    assert len(got) < length, "the download did not break"
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(got))
    assert lead.get(f"/team/inspections/{scene.inspection}/bundle").status in {303, 404}

    assert [] == leaks(portal, EVERYTHING)
    _try_to_open(portal.root / "keys", tmp_path / "copy", scene.inspection, wrapped, deps.secret)
    assert THEIRS == _content(neighbour, kept)
    with reading(deps.engine) as session:
        assert session.scalars(select(Document.id).where(Document.sha256 == DIGEST)).first() is None
    deps.engine.dispose()


def _try_to_open(keys: Path, copy: Path, inspection: UUID, wrapped: bytes, secret: bytes) -> None:
    """Try everything that is left against a copy of ciphertext and database from before."""
    assert FILE[:1000] not in b"".join(each.read_bytes() for each in (copy / "store").rglob("*") if each.is_file())
    assert any(wrapped in each.read_bytes() for each in copy.glob("portal.sqlite3*")), "the copy has its wrapped key"
    with pytest.raises(KeyRemoved):
        KeyFolder(keys).unwrap(inspection, wrapped)
    (keys / f"{inspection}.removed").unlink()
    with pytest.raises(KeyUnavailable):
        KeyFolder(keys).unwrap(inspection, wrapped)
    version, nonce, sealed = wrapped[:1], wrapped[1:13], wrapped[13:]
    left = [each.read_bytes() for each in keys.parent.rglob("*") if each.is_file() and each.stat().st_size <= 64_000]
    candidates = {hashlib.sha256(secret).digest(), secret[:32].ljust(32, b"\0")}
    candidates |= {each[start : start + 32] for each in left for start in (0, 16) if len(each) >= start + 32}
    assert len(candidates) > 3
    for candidate in candidates:
        with pytest.raises(InvalidTag):
            AESGCM(candidate).decrypt(nonce, sealed, version + inspection.bytes)
    [other] = keys.glob("*.key")
    shutil.copy(other, keys / f"{inspection}.key")
    with pytest.raises(SealBroken):
        KeyFolder(keys).unwrap(inspection, wrapped)
    (keys / f"{inspection}.key").unlink()
