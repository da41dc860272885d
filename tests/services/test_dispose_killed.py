"""Disposal by real parts: SQLite and a folder, PostgreSQL and S3. It is killed by `kill -9`, and meets what refuses."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from botocore.client import BaseClient
from sqlalchemy import Engine

from portal.adapters.folder import FolderStore
from portal.adapters.keyfolder import KeyFolder
from portal.adapters.s3 import S3Store
from portal.db.endings import Alarm, Certificate
from portal.db.engine import make_engine
from portal.domain.actors import WORKER
from portal.domain.errors import Conflict, KeyRemoved, KeyUnavailable, NotFound, StoreUnavailable
from portal.ports import BlobStore, Deps
from portal.services.dispose import dispose_due, read_certificate
from portal.services.hand_over import make_bundle
from portal.services.trail import verify_trail
from portal.vault.disposing import STUCK
from tests.parts import S3Server, s3_server
from tests.services.ends import STEPS, THEIRS, all_gone, fill, hold, wait_until_due
from tests.services.looks import actions, content, count, inspection_row, rows
from tests.world import Fakes, World, build_world, make_deps, upload

POINTS = {
    "disposal.fenced",
    "disposal.digested",
    "tombstone written",
    "tombstone named",
    "tombstone durable",
    ".key unlinked",
    "folder synced",
    "disposal.key-removed",
    "disposal.objects-removed",
    "disposal.columns-blanked",
    "disposal.account-removed",
    "disposal.accounts-removed",
    "disposal.compacted",
    "disposal.certified",
}
BUCKET = "portal-disposal"
Fault = Callable[[str], None]


@dataclass(frozen=True)
class Place:
    """A world over real parts, and the way another process connects to the same ones."""

    world: World
    connect: Callable[[Fault], Deps]
    lock: Callable[[str], Callable[[], None]]
    """Let the store refuse to delete an object; what it returns lets go of it."""


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Server]:
    """One S3 server for this module, with a bucket that keeps versions and knows locks."""
    with s3_server() as server:
        client = server.client()
        client.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
        client.close()
        yield server


@pytest.fixture
def place(request: pytest.FixtureRequest, engine: Engine, fakes: Fakes, tmp_path: Path) -> Iterator[Place]:
    """A world on SQLite and a folder, then on PostgreSQL and S3; keys in a folder."""
    url = engine.url.render_as_string(hide_password=False)
    clients: list[BaseClient] = []

    def store() -> BlobStore:
        if engine.dialect.name == "sqlite":
            return FolderStore(tmp_path / "store")
        clients.append(request.getfixturevalue("s3").client())
        return S3Store(BUCKET, clients[-1])

    def parts(on: Engine, fault: Fault) -> Deps:
        custodian = KeyFolder(tmp_path / "keys", fault)
        return replace(make_deps(on, fakes), store=store(), custodian=custodian, fault_point=fault)

    def lock(key: str) -> Callable[[], None]:
        if engine.dialect.name == "sqlite":
            return _immutable(tmp_path / "store" / key)
        held = {"Bucket": BUCKET, "Key": key}
        clients[0].put_object_legal_hold(**held, LegalHold={"Status": "ON"})
        return lambda: clients[0].put_object_legal_hold(**held, LegalHold={"Status": "OFF"})

    deps = parts(engine, lambda _name: None)
    yield Place(build_world(deps, fakes), lambda fault: parts(make_engine(url), fault), lock)
    for client in clients:
        client.close()


def _immutable(path: Path) -> Callable[[], None]:
    """Keep a file from being deleted, or a folder from being written to, by root too; return what lets go of it."""
    if os.geteuid():
        folder = path if path.is_dir() else path.parent
        folder.chmod(0o500)
        return lambda: folder.chmod(0o700)
    if subprocess.run(["chattr", "+i", path], capture_output=True).returncode:
        pytest.skip("This file system knows no immutable files.")

    def release() -> None:
        subprocess.run(["chattr", "-i", path], check=True)

    return release


def _dies(place: Place, reached: Path) -> bool:
    """Dispose in a process of its own, which kills itself at the first point that none before came to; say if it did.

    The points that were come to stand in the file `reached`.
    """
    place.world.deps.engine.dispose()  # no connection may be shared with the child
    child = os.fork()
    if not child:
        ended = 1
        try:

            def fault(name: str) -> None:
                if name not in reached.read_text().splitlines():
                    reached.write_text(f"{reached.read_text()}{name}\n")
                    os.kill(os.getpid(), signal.SIGKILL)

            list(dispose_due(place.connect(fault), WORKER))
            ended = 0
        finally:
            os._exit(ended)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in {0, -signal.SIGKILL}, "the run failed"
    return code != 0


def test_killed_at_every_point_it_goes_on_until_it_ends_cleanly(place: Place, tmp_path: Path) -> None:
    """From the first commit on nobody reads or writes; nothing is certified early, nothing is done twice."""
    world = place.world
    neighbour = fill(world)
    hold(world, world.b.inspection)
    wait_until_due(world)
    reached = tmp_path / "reached"
    reached.touch()
    while _dies(place, reached):
        certified = reached.read_text().splitlines()[-1] == "disposal.certified"
        assert certified == (inspection_row(world.deps, world.a.inspection).state == "disposed")
        assert certified == bool(count(world.deps, Certificate))
        with pytest.raises((KeyRemoved, Conflict, NotFound)):
            upload(world.deps, world.leader.actor, world.a.inspection)
        with pytest.raises((KeyRemoved, NotFound)):
            make_bundle(world.deps, world.lead_inspector.actor, world.a.inspection)
    assert set() == POINTS - set(reached.read_text().splitlines())
    all_gone(world)
    body = read_certificate(world.deps, world.dpo.actor, world.a.inspection)["body"]
    assert (17, 21) == (body["documents"], body["objects_deleted"])
    assert STEPS == [each for each in actions(world.deps, world.a.inspection) if each.startswith("disposal")]
    assert 5 == actions(world.deps).count("account.removed")
    assert THEIRS == content(world.deps, world.leader_b.actor, world.b.inspection, neighbour)
    verify_trail(world.deps, world.dpo.actor)


def _stuck(world: World, error: type[Exception]) -> None:
    """See a run fail: nothing is certified, and the one alarm stands."""
    with pytest.raises(error):
        list(dispose_due(world.deps, WORKER))
    assert 0 == count(world.deps, Certificate)
    [alarm] = rows(world.deps, Alarm)
    assert (STUCK, str(world.a.inspection), None) == (alarm.kind, alarm.subject, alarm.cleared_at)


@pytest.mark.parametrize("many", [50, pytest.param(1_000, marks=pytest.mark.soak)])
def test_one_of_many_objects_that_is_locked_delays_the_certificate(place: Place, many: int) -> None:
    """The key goes at once, others go too; what is certified in the end is what was there. `make soak`: 1 of 1,000."""
    world, prefix = place.world, f"{place.world.a.inspection}/"
    document = uuid4()
    if world.deps.engine.dialect.name == "sqlite":
        many = 1_000  # a folder is fast
    keys = [f"{prefix}{document}/{number:06d}" for number in range(1, many + 1)]
    for key in keys:
        world.deps.store.put(key, key.encode())
    hold(world, world.b.inspection)
    wait_until_due(world)
    release = place.lock(keys[many // 2])
    try:
        for _ in range(2):
            _stuck(world, StoreUnavailable)
            assert "removed" == world.deps.custodian.state(world.a.inspection)
            assert 0 < world.deps.store.remains(prefix) < many
    finally:
        release()
    [signed] = dispose_due(world.deps, WORKER)
    all_gone(world)
    assert many == signed["body"]["objects_deleted"]
    assert 0 == count(world.deps, Alarm, Alarm.cleared_at.is_(None))


def test_a_folder_of_keys_that_cannot_be_written_to_delays_everything(place: Place, tmp_path: Path) -> None:
    """Before the key is gone no object is; once the folder takes the tombstone, the run goes on."""
    world = place.world
    document: UUID = upload(world.deps, world.leader.actor, world.a.inspection).document
    hold(world, world.b.inspection)
    wait_until_due(world)
    release = _immutable(tmp_path / "keys")
    try:
        _stuck(world, KeyUnavailable)
        assert "present" == world.deps.custodian.state(world.a.inspection)
        assert [f"{world.a.inspection}/{document}/000001"] == list(world.deps.store.keys(f"{world.a.inspection}/"))
    finally:
        release()
    assert 1 == len(list(dispose_due(world.deps, WORKER)))
    all_gone(world)
    assert 0 == count(world.deps, Alarm, Alarm.cleared_at.is_(None))
