"""Under load every upload is whole and every page is answered; a soak, because it takes minutes."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from portal.db.engine import reading
from portal.db.queries import current_documents
from portal.services.hand_over import download_document
from tests.e2e.files import made_up_blocks
from tests.e2e.installation import installation
from tests.e2e.scene import Scene, announced

AGENCIES = 6
AT_ONCE = 8
"""What one person may send at the same time."""
EACH = 5
SIZE = 20 * 1024 * 1024


def send(place: Scene, number: int) -> list[tuple[int, str]]:
    """Send a few files one after the other; return the statuses and what each should digest to."""
    browser = place.browser(place.leader)
    answers = []
    for index in range(EACH):
        size = SIZE + number * 1000 + index
        digest = hashlib.sha256()
        for block in made_up_blocks(size):
            digest.update(block)
        name, blocks = f"{number}-{index}.pdf", made_up_blocks(size)
        answer = browser.put(str(place.inspection), "childrens-guide", "file", name, blocks, size)
        answers.append((answer.status, digest.hexdigest()))
    return answers


def look(place: Scene, count: int) -> list[int]:
    """Open the task list again and again; return the statuses."""
    browser = place.browser(place.leader)
    return [browser.get(f"/inspections/{place.inspection}/").status for _ in range(count)]


@pytest.mark.soak
def test_forty_eight_uploads_at_once_are_all_whole(tmp_path: Path) -> None:
    """Six agencies send eight files at once, five times over, and look at their pages meanwhile."""
    with installation(tmp_path / "portal") as portal:
        _settings, deps = portal.connect()
        try:
            places = [announced(portal, deps, f"LOAD-{number}") for number in range(AGENCIES)]
            portal.serve()
            portal.spawn("worker")
            with ThreadPoolExecutor(AGENCIES * (AT_ONCE + 1)) as people:
                sending = [(each, people.submit(send, each, number)) for each in places for number in range(AT_ONCE)]
                looking: list[Any] = [people.submit(look, each, 50) for each in places]
                assert {200} == {status for job in looking for status in job.result()}
                for place in places:
                    sent = [answer for each, job in sending if each is place for answer in job.result()]
                    assert {201} == {status for status, _digest in sent}
                    with reading(deps.engine) as session:
                        kept = current_documents(session, place.inspection)
                    digests = []
                    for document in kept:
                        digest = hashlib.sha256()
                        for chunk in download_document(deps, place.lead, place.inspection, document.id).chunks:
                            digest.update(chunk)
                        digests.append(digest.hexdigest())
                    assert sorted(digest for _status, digest in sent) == sorted(digests)
        finally:
            deps.engine.dispose()
