"""The team's pages: lists that can be sorted and filtered by plain links, and downloads of all, one item or changes."""

import io
from datetime import timedelta
from zipfile import ZipFile

import pytest

from tests.web.clients import Visit, make_app, sign_in, words
from tests.world import World, complete, upload

MINUTE = timedelta(minutes=1)
MOST_BYTES = 100 * 1024


@pytest.fixture
def inspector(world: World) -> Visit:
    """An inspector's browser."""
    app = make_app(world.deps)
    return Visit(app, sign_in(app, world.deps, world.inspector.id))


def _home(world: World) -> str:
    return f"/team/inspections/{world.a.inspection}/"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "1 inspection."),
        ("?state=announced&programme=RAA-2023&sort=deadline", "1 inspection."),
        ("?state=closed", "None of your inspections is like that."),
        ("?programme=NONE", "None of your inspections is like that."),
        ("?state=%3Cscript%3E&sort=;drop&page=-1", "1 inspection."),
        ("?page=999999999999", "1 inspection."),
        ("?page=77&programme=%20RAA-2023%20", "1 inspection."),
    ],
)
def test_whatever_a_list_is_asked_for_it_answers(inspector: Visit, query: str, said: str) -> None:
    """What is no filter, sort or page is passed over; an empty answer says how to see more."""
    answer = inspector.get(f"/team/{query}")
    assert 200 == answer.status_code
    assert said in words(answer)


def test_filters_are_shown_and_can_be_removed(inspector: Visit) -> None:
    """Each with its own way back, the others kept; a sort survives a filter."""
    page = inspector.get("/team/?state=closed&programme=RAA-2023&sort=deadline")
    assert "Closed Remove the filter Closed Programme RAA-2023 Remove the filter Programme RAA-2023" in words(page)
    assert 'href="/team/?programme=RAA-2023&amp;sort=deadline"' in page.text
    assert 'href="/team/?state=closed&amp;sort=deadline"' in page.text
    assert 'name="sort" value="deadline"' in page.text


def test_what_is_new_can_be_taken_alone(world: World, inspector: Visit) -> None:
    """Offered once everything was downloaded and something came since; then nothing is new again."""
    complete(world.deps, world.leader.actor, world.a.inspection)
    first = inspector.get(_home(world))
    assert "You have not downloaded everything yet, so 15 documents are marked as new." in words(first)
    assert "Download only what is new" not in words(first)
    world.fakes.clock.advance(MINUTE)
    assert inspector.get(f"{_home(world)}bundle").data
    world.fakes.clock.advance(MINUTE)
    assert "Nothing is new since your last download of 9 October 2023 at 9:31am." in words(inspector.get(_home(world)))
    upload(world.deps, world.leader.actor, world.a.inspection, "childrens-guide", name="Newer.pdf")
    assert "1 new since your last download" in words(inspector.get(_home(world)))
    assert "1 new" in words(inspector.get("/team/"))
    world.fakes.clock.advance(MINUTE)
    taken = inspector.get(f"{_home(world)}changes")
    assert "RAA-2023-01-changes.zip" in taken.headers["Content-Disposition"]
    with ZipFile(io.BytesIO(taken.data)) as archive:
        assert ["Newer.pdf"] == [name.rpartition("/")[2] for name in archive.namelist() if "/data/" in name]
    world.fakes.clock.advance(MINUTE)
    assert "Nothing is new since your last download of 9 October 2023 at 9:33am." in words(inspector.get(_home(world)))


def test_one_item_can_be_taken_alone(world: World, inspector: Visit) -> None:
    """From the row of the item; its documents can be listed alone, too."""
    complete(world.deps, world.leader.actor, world.a.inspection)
    page = inspector.get(_home(world)).text
    assert f'href="{_home(world)}items/panel-minutes/bundle"' in page
    assert f'href="{_home(world)}?item=panel-minutes#documents"' in page
    listed = words(inspector.get(f"{_home(world)}?item=panel-minutes"))
    assert "Documents: Adoption panel minutes" in listed
    assert "panel-minutes-latest.pdf" in listed
    assert "annual-report-file.pdf" not in listed
    taken = inspector.get(f"{_home(world)}items/panel-minutes/bundle")
    assert int(taken.headers["Content-Length"]) == len(taken.data)
    for unknown in ("?item=secrets", "items/secrets/bundle"):
        assert 404 == inspector.get(_home(world) + unknown).status_code


def test_a_broken_download_is_said_not_to_count(world: World, inspector: Visit) -> None:
    """The page tells when it began, and still marks as new what it would have brought."""
    complete(world.deps, world.leader.actor, world.a.inspection)
    answer = inspector.get(f"{_home(world)}bundle", buffered=False)
    next(iter(answer.response))
    answer.close()
    said = words(inspector.get(_home(world)))
    assert "The download that you started on 9 October 2023 at 9:30am did not finish, so it does not count." in said
    assert "15 documents are marked as new" in said


def test_a_full_page_keeps_below_its_weight(world: World, inspector: Visit) -> None:
    """Twenty-six documents whose names are as long as names can be, in three bytes a character, are two light pages."""
    for number in range(26):
        world.fakes.clock.advance(timedelta(seconds=1))
        name = f"{number:03d}" + "議" * 80 + ".pdf"
        upload(world.deps, world.leader.actor, world.a.inspection, "childrens-guide", name=name)
    first, second = (inspector.get(f"{_home(world)}?page={page}") for page in (1, 2))
    assert len(first.data) < MOST_BYTES
    assert ("025議" in words(first), "000議" in words(first)) == (True, False)
    assert "000議" in words(second)
    assert f'href="{_home(world)}?page=2#documents"' in first.text


def test_the_page_leads_to_all_that_the_person_may_do(world: World, inspector: Visit) -> None:
    """An inspector reads and writes messages; the lead inspector also conducts the inspection."""
    app = inspector.app
    lead = Visit(app, sign_in(app, world.deps, world.lead_inspector.id))
    assert "Messages with the agency" in words(inspector.get(_home(world)))
    assert "Conduct this inspection" not in words(inspector.get(_home(world)))
    assert "Conduct this inspection" in words(lead.get(_home(world)))
