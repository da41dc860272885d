"""Handing over one item, or what changed: a bag of its own, and no document is ever lost between two of them."""

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import bagit
import pytest

from portal.db.chain import entries
from portal.db.engine import reading
from portal.db.team_queries import downloads_of, last_whole
from portal.domain.errors import NotFound, ObjectMissing
from portal.formats.bag import Bag
from portal.services.explain import explain_gap
from portal.services.hand_over import download_document, make_bundle
from portal.services.recall import recall
from portal.services.withdraw import withdraw
from portal.vault.bundles import Scope
from tests.services.looks import actions, trail_text
from tests.world import Someone, World, complete, sample, upload

MINUTE = timedelta(minutes=1)
CANARIES = ('=HYPERLINK("evil.example","open").pdf', "<svg onload=alert(1)>.pdf")


def _take(
    world: World, scope: Scope = "all", item: str = "", *, who: Someone | None = None
) -> tuple[Bag, zipfile.ZipFile]:
    """Download to the last byte, a minute after whatever was before."""
    world.fakes.clock.advance(MINUTE)
    person = who or world.inspector
    bag, stream = make_bundle(world.deps, person.actor, world.a.inspection, scope, item)
    data = b"".join(stream)
    world.fakes.clock.advance(MINUTE)
    assert bag.length == len(data)
    return bag, zipfile.ZipFile(io.BytesIO(data))


def _documents(archive: zipfile.ZipFile) -> dict[str, bytes]:
    return {
        name.partition("/data/")[2]: archive.read(name)
        for name in archive.namelist()
        if "/data/" in name and not name.endswith("/")
    }


def _index(archive: zipfile.ZipFile) -> str:
    [name] = [name for name in archive.namelist() if name.endswith("/index.html")]
    return archive.read(name).decode()


def _send(world: World, item: str = "childrens-guide", **given: object) -> UUID:
    return upload(world.deps, world.leader.actor, world.a.inspection, item, **given).document  # type: ignore[arg-type]


def test_one_item_is_a_bag_of_its_own(world: World, tmp_path: Path) -> None:
    """Only its documents are inside, called as in the whole bundle; the index says what it is and what is lacking."""
    for seed in (1, 2):
        _send(world, data=sample(seed=seed), name="Guide.pdf")
    _send(world, "statement-of-purpose")
    _whole, everything = _take(world)
    bag, archive = _take(world, "item", "childrens-guide")
    assert ("RAA-2023-01-item-04.zip", 2) == (bag.filename, len(bag.files))
    wanted = {path: data for path, data in _documents(everything).items() if path.startswith("04-childrens-guide/")}
    assert wanted == _documents(archive)
    assert {"04-childrens-guide/Guide.pdf", "04-childrens-guide/Guide (2).pdf"} == set(wanted)
    assert "it holds the item “Children’s guide” alone." in _index(archive)
    assert "The inspection lacks files for 9 requested items, listed below." in _index(archive)
    archive.extractall(tmp_path)
    assert bagit.Bag(str(tmp_path / "RAA-2023-01-item-04")).is_valid()


def test_an_item_that_nobody_asked_for_is_not_found(world: World) -> None:
    """Nothing is told to have been opened."""
    before = actions(world.deps)
    with pytest.raises(NotFound):
        make_bundle(world.deps, world.inspector.actor, world.a.inspection, "item", "secrets")
    assert before == actions(world.deps)


def test_changes_are_what_came_since(world: World) -> None:
    """Each download of changes follows on the whole one before it; with none before, all is change."""
    complete(world.deps, world.leader.actor, world.a.inspection)
    assert 15 == len(_documents(_take(world, "changes")[1]))
    assert {} == _documents(_take(world, "changes")[1])
    _send(world, data=sample(seed=7), name="New guide.pdf")
    bag, archive = _take(world, "changes")
    assert "RAA-2023-01-changes.zip" == bag.filename
    assert {"04-childrens-guide/New guide.pdf": sample(seed=7)} == _documents(archive)
    assert "it holds what was received since 9 October 2023 at 9:33am alone." in _index(archive)
    _send(world, "commissioned-services")
    assert 17 == len(_documents(_take(world)[1]))
    assert {} == _documents(_take(world, "changes")[1])


def test_what_is_new_is_new_to_each_person(world: World) -> None:
    """What one inspector has downloaded the other has not; one document or one item is not everything."""
    document = _send(world)
    _take(world, who=world.qa_officer)
    world.fakes.clock.advance(MINUTE)
    b"".join(download_document(world.deps, world.inspector.actor, world.a.inspection, document).chunks)
    _take(world, "item", "childrens-guide")
    assert 1 == len(_documents(_take(world, "changes")[1]))
    assert {} == _documents(_take(world, "changes", who=world.qa_officer)[1])


def _stop_early(world: World, stream: Iterator[bytes]) -> None:
    next(stream)
    stream.close()  # type: ignore[attr-defined]


def _lose_a_part(world: World, stream: Iterator[bytes]) -> None:
    world.fakes.store._versions.clear()
    with pytest.raises(ObjectMissing):
        b"".join(stream)


@pytest.mark.parametrize("end", [_stop_early, _lose_a_part])
@pytest.mark.parametrize("scope", ["all", "changes"])
def test_a_download_that_broke_off_does_not_count(world: World, scope: Scope, end: object) -> None:
    """The next download of changes holds what the broken one would have brought."""
    _take(world)
    _send(world, data=sample(seed=3), name="Guide.pdf")
    kept = {key: list(versions) for key, versions in world.fakes.store._versions.items()}
    world.fakes.clock.advance(MINUTE)
    assert callable(end)
    end(world, make_bundle(world.deps, world.inspector.actor, world.a.inspection, scope)[1])
    world.fakes.store._versions.update(kept)
    assert "bundle.opened" == actions(world.deps, world.a.inspection)[-1]
    assert {"04-childrens-guide/Guide.pdf": sample(seed=3)} == _documents(_take(world, "changes")[1])


def test_what_comes_during_a_download_is_new_after_it(world: World) -> None:
    """A download counts as of the moment that its snapshot was frozen, not of its end."""
    _send(world, name="First.pdf")
    world.fakes.clock.advance(MINUTE)
    _bag, stream = make_bundle(world.deps, world.inspector.actor, world.a.inspection)
    first = next(stream)
    world.fakes.clock.advance(MINUTE)
    _send(world, name="Second.pdf")
    world.fakes.clock.advance(MINUTE)
    assert first + b"".join(stream)
    assert ["04-childrens-guide/Second.pdf"] == list(_documents(_take(world, "changes")[1]))


def test_what_comes_at_the_same_instant_is_rather_told_twice_than_never(world: World) -> None:
    """Where the clock cannot tell which was first, the document is new."""
    b"".join(make_bundle(world.deps, world.inspector.actor, world.a.inspection)[1])
    _send(world, name="Guide.pdf")
    assert ["04-childrens-guide/Guide.pdf"] == list(_documents(_take(world, "changes")[1]))


def test_changes_tell_what_counts_no_longer(world: World) -> None:
    """What was downloaded and then replaced or withdrawn is told by its digest, never by its name."""
    old = _send(world, name="Canary old.pdf", data=sample(seed=1))
    wrong = _send(world, "commissioned-services", name="Canary wrong.pdf", data=sample(seed=2))
    bag, _archive = _take(world)
    digests = {file.document: file.sha256 for file in bag.files}
    _send(world, name="Newer.pdf", replaces=old)
    withdraw(world.deps, world.leader.actor, world.a.inspection, wrong)
    later = _send(world, "commissioned-services", name="Canary brief.pdf")
    withdraw(world.deps, world.leader.actor, world.a.inspection, later)
    index = _index(_take(world, "changes")[1])
    assert "2 documents that earlier downloads may hold count no longer" in index
    assert (1, 1) == (index.count(digests[old]), index.count(digests[wrong]))
    assert (1, 1) == (index.count("Replaced by another version"), index.count("Withdrawn by the agency"))
    assert "Canary" not in index
    assert "count no longer" not in _index(_take(world)[1])


def test_every_index_tells_what_was_recalled(world: World) -> None:
    """Whoever has a copy reads that it is to be deleted, whichever download they open."""
    wrong = _send(world, name="Canary.pdf")
    _take(world)
    recall(world.deps, world.leader.actor, world.a.inspection, wrong)
    for scope, item in (("all", ""), ("changes", ""), ("item", "childrens-guide")):
        _bag, archive = _take(world, scope, item)  # type: ignore[arg-type]
        assert "Recalled: it was sent in error. Delete every copy" in _index(archive)
        assert "Canary" not in _index(archive)
        assert {} == _documents(archive)
    assert "Recalled" not in _index(_take(world, "item", "annual-report")[1])


def test_the_same_part_gives_the_same_bytes(world: World) -> None:
    """Length and ETag are known before, and nothing but what is in it decides a byte."""
    complete(world.deps, world.leader.actor, world.a.inspection)
    first, same = (_take(world, "item", "panel-minutes") for _ in range(2))
    assert first[0].etag == same[0].etag
    assert first[1].fp.getvalue() == same[1].fp.getvalue()  # type: ignore[union-attr]
    assert first[0].etag != _take(world, "item", "board-minutes")[0].etag


def test_the_trail_says_who_took_what(world: World) -> None:
    """Enough to tell later who has what, to the last byte or not, and no name of a file."""
    document = _send(world, name="Canary.pdf")
    _take(world)
    _take(world, "item", "childrens-guide")
    _take(world, "changes")
    download_document(world.deps, world.qa_officer.actor, world.a.inspection, document)
    with reading(world.deps.engine) as session:
        told = [(each.scope, each.item, each.completed) for each in downloads_of(session, world.a.inspection)]
        whole = last_whole(downloads_of(session, world.a.inspection), world.inspector.actor)
        nobody = last_whole(downloads_of(session, world.a.inspection), world.qa_officer.actor)
        bundles = [each.details for each in entries(session, world.a.inspection) if each.action == "bundle.opened"]
    assert [
        ("all", "", True),
        ("item", "childrens-guide", True),
        ("changes", "", True),
        ("document", "childrens-guide", False),
    ] == told
    assert (None, "changes") == (nobody, whole.scope if whole else "")
    assert [
        {"scope": "all", "documents": 1},
        {"scope": "item", "item": "childrens-guide", "documents": 1},
        {"scope": "changes", "documents": 0, "since": "2023-10-09T08:31:00.000Z"},
    ] == bundles
    assert "Canary" not in trail_text(world.deps)


def test_the_index_says_by_when_things_follow(world: World) -> None:
    """Missing items stand in the index with the agency's reasons, in every download."""
    explain_gap(world.deps, world.leader.actor, world.a.inspection, "annual-report", "to_follow", "By noon on Friday")
    for scope, item in (("all", ""), ("item", "childrens-guide"), ("changes", "")):
        index = _index(_take(world, scope, item)[1])  # type: ignore[arg-type]
        assert "By noon on Friday" in index
        assert "Nothing that was requested is missing" not in index


@pytest.mark.parametrize("scope", ["all", "item", "changes"])
def test_canary_names_stay_inert_in_every_index(world: World, scope: Scope) -> None:
    """A name that is a formula, and one that is markup, are text in the page and in the sheet."""
    for name in CANARIES:
        _send(world, name=name)
    explain_gap(world.deps, world.leader.actor, world.a.inspection, "annual-report", "not_held", CANARIES[0])
    bag, archive = _take(world, scope, "childrens-guide" if scope == "item" else "")
    page = _index(archive)
    assert "<svg" not in page
    assert "&lt;svg onload=alert(1)&gt;.pdf" in page
    sheet = archive.read(f"{bag.members[0].path.partition('/')[0]}/index.csv").decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(sheet)) for cell in row]
    assert [] == [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@"))]
    assert 2 == cells.count("'" + CANARIES[0])
    assert 1 == cells.count(CANARIES[1])
    assert [] == [path for path in archive.namelist() if set(path) & set('<>="')]
