"""What every KeyCustodian promises, and what the key folder promises besides."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest

from portal.adapters.keyfolder import HOW, KeyFolder, world_readable
from portal.domain.errors import KeyRemoved, KeyUnavailable, SealBroken
from portal.ports import KeyCustodian, KeyRemoval
from portal.vault.keys import CachingCustodian

INSPECTION, OTHER = UUID(int=0xA), UUID(int=0xB)
AT = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
LATER = AT + timedelta(days=1)
REPOSITORY = Path(__file__).parents[2]


class StoppedClock:
    """A clock that stands still, so that a cache never lets go by itself."""

    def now(self) -> datetime:
        return AT


def _folder(tmp_path: Path) -> KeyCustodian:
    return KeyFolder(tmp_path / "keys")


def _cached_folder(tmp_path: Path) -> KeyCustodian:
    return CachingCustodian(KeyFolder(tmp_path / "keys"), StoppedClock())


def _fake(_tmp_path: Path) -> KeyCustodian:
    from tests.fakes import FakeCustodian

    return FakeCustodian()


MAKERS: dict[str, Callable[[Path], KeyCustodian]] = {
    "key folder": _folder,
    "key folder, cached": _cached_folder,
    "fake": _fake,
}


@pytest.fixture(params=MAKERS)
def custodian(request: pytest.FixtureRequest, tmp_path: Path) -> KeyCustodian:
    """Each custodian in turn."""
    return MAKERS[request.param](tmp_path)


def test_created_key_can_be_unwrapped(custodian: KeyCustodian) -> None:
    """A new key has 32 bytes, is the same at each unwrapping, and is not to be seen in its wrapped form."""
    wrapped = custodian.create(INSPECTION)
    key = custodian.unwrap(INSPECTION, wrapped)

    assert len(key) == 32
    assert key == custodian.unwrap(INSPECTION, wrapped)
    assert key not in wrapped


def test_keys_of_inspections_differ(custodian: KeyCustodian) -> None:
    """Each inspection has a key of its own."""
    first, second = custodian.create(INSPECTION), custodian.create(OTHER)

    assert custodian.unwrap(INSPECTION, first) != custodian.unwrap(OTHER, second)


def test_second_create_harms_nothing(custodian: KeyCustodian) -> None:
    """Creating again, as after a crash, leaves what was wrapped before usable; it may refuse or give another."""
    wrapped = custodian.create(INSPECTION)
    key = custodian.unwrap(INSPECTION, wrapped)

    try:
        again = custodian.create(INSPECTION)
        assert len(custodian.unwrap(INSPECTION, again)) == 32
    except KeyUnavailable:
        pass

    assert key == custodian.unwrap(INSPECTION, wrapped)


def test_wrapped_key_of_another_inspection_is_refused(custodian: KeyCustodian) -> None:
    """A wrapped key opens for its own inspection only."""
    custodian.create(INSPECTION)
    wrapped = custodian.create(OTHER)

    with pytest.raises(SealBroken):
        custodian.unwrap(INSPECTION, wrapped)


def test_altered_wrapped_key_is_refused(custodian: KeyCustodian) -> None:
    """A wrapped key that lost, gained or changed a byte is refused."""
    wrapped = custodian.create(INSPECTION)
    altered = [wrapped[:at] + bytes([wrapped[at] ^ 1]) + wrapped[at + 1 :] for at in range(len(wrapped))]

    for wrong in [b"", wrapped[:-1], wrapped + b"\0", *altered]:
        with pytest.raises(SealBroken):
            custodian.unwrap(INSPECTION, wrong)


def test_unknown_inspection(custodian: KeyCustodian) -> None:
    """An inspection without a key is unknown, which is not the same as removed."""
    wrapped = custodian.create(OTHER)

    assert custodian.state(INSPECTION) == "unknown"
    with pytest.raises(KeyUnavailable):
        custodian.unwrap(INSPECTION, wrapped)


def test_removed_key_stays_removed(custodian: KeyCustodian) -> None:
    """After removal the key can be neither unwrapped nor made anew."""
    wrapped = custodian.create(INSPECTION)
    custodian.unwrap(INSPECTION, wrapped)
    assert custodian.state(INSPECTION) == "present"

    assert custodian.has_key(INSPECTION)
    removal = custodian.remove(INSPECTION, AT)

    assert not custodian.has_key(INSPECTION)
    assert (removal.inspection, removal.removed_at) == (INSPECTION, AT)
    assert removal.how
    assert custodian.state(INSPECTION) == "removed"
    with pytest.raises(KeyRemoved):
        custodian.unwrap(INSPECTION, wrapped)
    with pytest.raises(KeyRemoved):
        custodian.create(INSPECTION)


def test_removal_is_idempotent(custodian: KeyCustodian) -> None:
    """A second removal tells of the first."""
    custodian.create(INSPECTION)
    first = custodian.remove(INSPECTION, AT)

    assert first == custodian.remove(INSPECTION, LATER)


def test_removal_leaves_other_inspections_alone(custodian: KeyCustodian) -> None:
    """Only the named inspection loses its key."""
    custodian.create(INSPECTION)
    wrapped = custodian.create(OTHER)
    key = custodian.unwrap(OTHER, wrapped)

    custodian.remove(INSPECTION, AT)

    assert custodian.state(OTHER) == "present"
    assert key == custodian.unwrap(OTHER, wrapped)


def test_removal_of_an_unknown_key_leaves_a_tombstone(custodian: KeyCustodian) -> None:
    """Removing a key that is not there still keeps it from coming back."""
    custodian.remove(INSPECTION, AT)

    assert custodian.state(INSPECTION) == "removed"
    with pytest.raises(KeyRemoved):
        custodian.create(INSPECTION)


def test_removed_keys_are_listed_in_order(custodian: KeyCustodian) -> None:
    """Every tombstone is listed, also one of a key that never was, and no key that is there."""
    assert [] == list(custodian.removed())
    custodian.create(INSPECTION)
    custodian.create(OTHER)
    assert [] == list(custodian.removed())

    custodian.remove(OTHER, AT)
    custodian.remove(UUID(int=0x9), AT)
    custodian.remove(OTHER, LATER)

    assert [UUID(int=0x9), OTHER] == list(custodian.removed())


# The key folder alone.


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where the key folder of a test is."""
    return tmp_path / "keys"


def test_folder_and_files_are_private(root: Path) -> None:
    """Folder and files are for their owner alone, whatever the umask."""
    before = os.umask(0)
    try:
        folder = KeyFolder(root)
        folder.create(INSPECTION)
        folder.create(OTHER)
        folder.remove(OTHER, AT)
    finally:
        os.umask(before)

    assert world_readable(root) == []
    assert root.stat().st_mode & 0o777 == 0o700
    assert {f"{INSPECTION}.key": 0o600, f"{OTHER}.removed": 0o600} == {
        path.name: path.stat().st_mode & 0o777 for path in root.iterdir()
    }


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_readable_key_is_a_fault(root: Path, mode: int) -> None:
    """A key file that group or others can reach is named, and the folder is not used."""
    KeyFolder(root).create(INSPECTION)
    (root / f"{INSPECTION}.key").chmod(mode)

    [fault] = world_readable(root)
    assert f"{INSPECTION}.key" in fault
    assert "chmod 600" in fault
    with pytest.raises(ValueError, match="chmod 600"):
        KeyFolder(root)


@pytest.mark.parametrize("mode", [0o750, 0o705, 0o710])
def test_readable_folder_is_a_fault(root: Path, mode: int) -> None:
    """A folder that group or others can reach is named, and not used."""
    root.mkdir()
    root.chmod(mode)

    with pytest.raises(ValueError, match=f"chmod 700 {root}$"):
        KeyFolder(root)


def test_absent_folder_has_no_fault(root: Path) -> None:
    """The check of settings may look before the folder is made."""
    assert world_readable(root) == []


def test_restored_key_stays_removed_and_goes_again(root: Path) -> None:
    """A key file that a backup brings back cannot be used, and the next removal unlinks it again."""
    folder = KeyFolder(root)
    wrapped = folder.create(INSPECTION)
    file = root / f"{INSPECTION}.key"
    backup = file.read_bytes()
    first = folder.remove(INSPECTION, AT)
    file.write_bytes(backup)
    file.chmod(0o600)

    assert folder.state(INSPECTION) == "removed"
    for use in (partial(folder.unwrap, INSPECTION, wrapped), partial(folder.create, INSPECTION)):
        with pytest.raises(KeyRemoved):
            use()
    (root / "notes.removed").write_text("nothing of ours")
    assert [INSPECTION] == list(folder.removed())
    assert folder.has_key(INSPECTION)
    assert first == folder.remove(INSPECTION, LATER)
    assert not file.exists()


def test_tombstone_says_what_happened(root: Path) -> None:
    """The tombstone is JSON with inspection, instant in UTC and the plain truth of how."""
    KeyFolder(root).remove(INSPECTION, AT.astimezone(timezone(timedelta(hours=1))))

    assert {"how": HOW, "inspection": str(INSPECTION), "removed_at": "2026-05-04T03:02:01+00:00"} == json.loads(
        (root / f"{INSPECTION}.removed").read_bytes()
    )


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"removed_at": "soon", "how": ""}', b"\xff"])
def test_damaged_tombstone_still_counts(root: Path, damage: bytes) -> None:
    """A tombstone that says nothing still keeps the key from use, and the next removal writes it anew."""
    folder = KeyFolder(root)
    folder.create(INSPECTION)
    folder.remove(INSPECTION, AT)
    (root / f"{INSPECTION}.removed").write_bytes(damage)

    with pytest.raises(KeyRemoved):
        folder.create(INSPECTION)
    assert KeyRemoval(INSPECTION, LATER, HOW) == folder.remove(INSPECTION, LATER)
    assert KeyRemoval(INSPECTION, LATER, HOW) == folder.remove(INSPECTION, AT)


def test_naive_time_of_removal_is_refused(root: Path) -> None:
    """A time without a zone is refused before anything is removed."""
    folder = KeyFolder(root)
    folder.create(INSPECTION)

    with pytest.raises(ValueError, match="time zone"):
        folder.remove(INSPECTION, AT.replace(tzinfo=None))
    assert folder.state(INSPECTION) == "present"


@pytest.mark.parametrize("left", [b"", bytes(31), bytes(33)])
def test_damaged_key_file_is_unavailable(root: Path, left: bytes) -> None:
    """A key file of another length is named as damaged, and never replaced."""
    folder = KeyFolder(root)
    wrapped = folder.create(INSPECTION)
    (root / f"{INSPECTION}.key").write_bytes(left)

    for use in (partial(folder.unwrap, INSPECTION, wrapped), partial(folder.create, INSPECTION)):
        with pytest.raises(KeyUnavailable, match="damaged"):
            use()
    assert left == (root / f"{INSPECTION}.key").read_bytes()


def test_vanished_folder_is_unavailable_not_unknown(root: Path) -> None:
    """A folder that cannot be seen, as when its disk is not mounted, must not pass for one without tombstones."""
    folder = KeyFolder(root)
    wrapped = folder.create(INSPECTION)
    root.rename(root.with_name("elsewhere"))

    for use in (
        partial(folder.state, INSPECTION),
        partial(folder.unwrap, INSPECTION, wrapped),
        partial(folder.create, INSPECTION),
        partial(folder.remove, INSPECTION, AT),
        partial(folder.has_key, INSPECTION),
        lambda: list(folder.removed()),
    ):
        with pytest.raises(KeyUnavailable):
            use()
    assert not root.exists()


def test_second_instance_sees_the_removal(root: Path) -> None:
    """Another process over the same folder learns of a removal at its next call."""
    here, there = KeyFolder(root), KeyFolder(root)
    wrapped = here.create(INSPECTION)

    there.remove(INSPECTION, AT)

    with pytest.raises(KeyRemoved):
        here.unwrap(INSPECTION, wrapped)


CHILD = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from uuid import UUID
from portal.adapters.keyfolder import KeyFolder

root, step, verb, inspection, at = sys.argv[1:]

def die(name):
    if name == step:
        os.kill(os.getpid(), signal.SIGKILL)

folder = KeyFolder(Path(root), die)
if verb == "create":
    folder.create(UUID(inspection))
else:
    folder.remove(UUID(inspection), datetime.fromisoformat(at))
"""


def killed_at(root: Path, step: str, verb: str) -> None:
    """Run `verb` on the folder in a child that kills itself at `step`."""
    command = [sys.executable, "-c", CHILD, str(root), step, verb, str(INSPECTION), AT.isoformat()]
    done = subprocess.run(command, cwd=REPOSITORY, timeout=60, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


REMOVAL_STEPS = {
    "tombstone written": "present",
    "tombstone named": "removed",
    "tombstone durable": "removed",
    ".key unlinked": "removed",
    ".new unlinked": "removed",
    "folder synced": "removed",
}


@pytest.mark.parametrize("step", REMOVAL_STEPS)
def test_removal_killed_anywhere_resumes(root: Path, step: str) -> None:
    """Killed at any step the key is either usable or removed, and calling again finishes, telling of the first time."""
    wrapped = KeyFolder(root).create(INSPECTION)

    killed_at(root, step, "remove")

    folder = KeyFolder(root)
    assert REMOVAL_STEPS[step] == folder.state(INSPECTION)
    # The key file never goes before its tombstone is there.
    assert (root / f"{INSPECTION}.key").exists() or (root / f"{INSPECTION}.removed").exists()
    if folder.state(INSPECTION) == "removed":
        with pytest.raises(KeyRemoved):
            folder.unwrap(INSPECTION, wrapped)
    first = AT if folder.state(INSPECTION) == "removed" else LATER
    assert KeyRemoval(INSPECTION, first, HOW) == folder.remove(INSPECTION, LATER)
    assert [f"{INSPECTION}.removed"] == [path.name for path in root.iterdir()]


@pytest.mark.parametrize("step", ["key written", "key named", "key durable"])
def test_creation_killed_anywhere_can_be_repeated_or_left(root: Path, step: str) -> None:
    """Killed at any step, creating again works, and removing leaves nothing but the tombstone."""
    folder = KeyFolder(root)
    killed_at(root, step, "create")
    assert len(folder.unwrap(INSPECTION, folder.create(INSPECTION))) == 32
    folder.remove(INSPECTION, AT)
    assert [f"{INSPECTION}.removed"] == [path.name for path in root.iterdir()]


def test_key_half_written_does_not_outlive_removal(root: Path) -> None:
    """A removal after a creation that was killed takes the unfinished key file with it."""
    killed_at(root, "key written", "create")
    assert [f"{INSPECTION}.key.new"] == [path.name for path in root.iterdir()]

    KeyFolder(root).remove(INSPECTION, AT)

    assert [f"{INSPECTION}.removed"] == [path.name for path in root.iterdir()]


def test_steps_of_a_removal_come_in_order(root: Path) -> None:
    """The tombstone is durable before the key is unlinked; the steps are those at which tests kill."""
    steps: list[str] = []
    folder = KeyFolder(root, steps.append)
    folder.create(INSPECTION)
    steps.clear()

    folder.remove(INSPECTION, AT)

    assert list(REMOVAL_STEPS) == steps
