"""The pages of what takes two people: proposed on one form, decided on another page, and a steward's reading."""

from datetime import timedelta
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from portal.db.engine import reading
from portal.db.proposals import Proposal
from tests.services.ends import publish_report
from tests.web.clients import Visit, sign_in, words
from tests.web.steward_browser import Steward
from tests.world import World

PUBLICATION = "/stewards/programmes/RAA-2023/publication"
DAY = {"published_day": "19", "published_month": "3", "published_year": "2024"}


def newest(world: World) -> UUID:
    """Return the newest proposal."""
    with reading(world.deps.engine) as session:
        found = session.scalar(select(Proposal.id).order_by(Proposal.proposed_at.desc()).limit(1))
    assert found is not None
    return found


def test_an_earlier_date_is_proposed_on_its_own_form(officer: Steward, admin: Steward, world: World) -> None:
    """What was typed stays, a reason is asked for, another steward is shown it and decides; nothing changes before."""
    publish_report(world)
    refused = officer.post(PUBLICATION, **DAY)
    assert (422, True, True) == (refused.status_code, 'value="19"' in refused.text, 'name="propose"' in refused.text)
    blank = officer.post(PUBLICATION, **DAY, propose="yes", reason=" ")
    assert (422, True) == (blank.status_code, 'href="#reason"' in blank.text)
    assert 422 == officer.post(PUBLICATION, propose="perhaps", **DAY).status_code
    made = officer.post(PUBLICATION, **DAY, propose="yes", reason="It was out <b>a week</b> before.")
    assert "You get one when it is decided." in words(officer.get(made.location))
    place = f"/stewards/proposals/{newest(world)}"
    assert "Tuesday 26 March 2024" in words(officer.get("/stewards/programmes/RAA-2023/"))
    assert "1 proposal waits for your decision" in words(admin.get("/stewards/"))
    assert "for your decision" not in words(officer.get("/stewards/"))
    shown = words(admin.get(place))
    assert "From Tuesday 26 March 2024 to Tuesday 19 March 2024" in shown
    assert "It was out <b>a week</b> before." in shown
    assert "You proposed this, so another person decides." in words(officer.get(place))
    own = officer.post(f"{place}/decision", decision="approve")
    assert (403, True) == (own.status_code, "Another person has to decide" in words(own))
    nothing = admin.post(f"{place}/decision")
    assert (422, True) == (nothing.status_code, "Select whether you approve it" in words(nothing))
    done = admin.post(f"{place}/decision", decision="approve")
    assert "You have approved the proposal, and it is done." in words(admin.get(done.location))
    assert "Tuesday 19 March 2024" in words(officer.get("/stewards/programmes/RAA-2023/"))
    assert 409 == admin.post(f"{place}/decision", decision="refuse").status_code
    assert "Ada Administrator" in words(officer.get(place))
    assert "Approved" in words(officer.get("/stewards/proposals/"))


def test_a_date_is_removed_by_two(officer: Steward, admin: Steward, world: World) -> None:
    """The three fields left empty propose that; withdrawn, nothing comes of it; another date meanwhile is told."""
    publish_report(world)
    assert "Removing the publication date takes two people" in words(officer.post(PUBLICATION))
    officer.post(PUBLICATION, propose="yes", reason="It is not out yet.")
    place = f"/stewards/proposals/{newest(world)}"
    assert "From Tuesday 26 March 2024 to no date" in words(admin.get(place))
    assert 404 == admin.post(f"{place}/withdrawal").status_code
    gone = officer.post(f"{place}/withdrawal")
    assert "The proposal is withdrawn." in words(officer.get(gone.location))
    world.fakes.clock.advance(timedelta(days=1))
    officer.post(PUBLICATION, propose="yes", reason="It is not out yet.")
    officer.post(PUBLICATION, **DAY | {"published_day": "27"})
    changed = admin.post(f"/stewards/proposals/{newest(world)}/decision", decision="approve")
    assert (409, True) == (changed.status_code, "Things have changed since this was proposed" in words(changed))
    refused = admin.post(f"/stewards/proposals/{newest(world)}/decision", decision="refuse")
    assert "Nothing was changed." in words(admin.get(refused.location))


def test_an_early_disposal_from_proposal_to_certificate(officer: Steward, admin: Steward, world: World) -> None:
    """Offered where nothing but its date stands in the way; once two have decided, its disposal page opens."""
    path, disposal = (f"/stewards/inspections/{world.a.inspection}/{end}" for end in ("early-disposal", "disposal"))
    publish_report(world)
    soon = officer.post(path, reason="A court orders it.")
    assert (422, True) == (soon.status_code, "less than 14 days ago" in words(soon))
    world.fakes.clock.advance(timedelta(days=14))
    assert "Propose to dispose of it early" in words(officer.get("/stewards/retention/"))
    assert "Why must it go before its time?" in words(officer.get(path))
    assert 422 == officer.post(path, reason="").status_code
    officer.post(path, reason="A court orders it.")
    assert 409 == officer.get(disposal).status_code
    assert 303 == admin.post(f"/stewards/proposals/{newest(world)}/decision", decision="approve").status_code
    assert "Not due, but two people decided" in words(officer.get("/stewards/retention/"))
    certificate = words(officer.get(officer.post(disposal, reference="RAA-2023-01").location))
    assert "Decided by two people" in certificate
    assert str(world.administrator.id) in certificate
    assert "Would have been due" in certificate
    assert "The reason was destroyed with the inspection." in words(admin.get(f"/stewards/proposals/{newest(world)}"))


def test_a_reading_from_asking_to_its_end(officer: Steward, admin: Steward, pages: Flask, world: World) -> None:
    """The steward asks, the head of the team lets them, they read and download; ended, all is closed at once."""
    ask, read = f"/stewards/inspections/{world.a.inspection}/reading", f"/stewards/readings/{world.a.inspection}/"
    team = f"/team/inspections/{world.a.inspection}/readings/"
    lead = Visit(pages, sign_in(pages, world.deps, world.lead_inspector.id))
    assert "Nobody asked to read this inspection." in words(lead.get(team))
    assert ask in officer.get("/stewards/programmes/RAA-2023/").text
    assert [422, 403] == [officer.post(ask, reason="").status_code, officer.get(read).status_code]
    made = officer.post(ask, reason="A parent complains.")
    assert "Ask to read" not in words(officer.get(made.location))
    assert "The head of the inspection’s team decides on this." in words(admin.get(made.location))
    assert "A parent complains." not in words(admin.get(made.location))
    waits = lead.get(team)
    assert "Reading by stewards" in words(lead.get(f"/team/inspections/{world.a.inspection}/"))
    assert "A parent complains." in words(waits)
    proposal = newest(world)
    nothing = lead.post(f"{team}{proposal}/decision")
    assert (422, True) == (nothing.status_code, f'href="#decision-{proposal}"' in nothing.text)
    assert 404 == lead.post(f"{team}{world.a.inspection}/decision").status_code
    assert 403 == admin.post(f"/stewards/proposals/{proposal}/decision", decision="approve").status_code
    assert "The steward may read now." in words(
        lead.get(lead.post(f"{team}{proposal}/decision", decision="approve").location)
    )
    page = officer.get(read)
    assert "canary-of-a-file.pdf" in words(page)
    [document] = {part.partition('"')[0] for part in page.text.split(f"{read}documents/")[1:]}
    file = officer.get(f"{read}documents/{document}")
    assert (200, "application/octet-stream") == (file.status_code, file.mimetype)
    assert 403 == admin.get(f"{read}documents/{document}").status_code
    assert 403 == officer.get(f"/team/inspections/{world.a.inspection}/bundle").status_code
    assert "You may read it until" in words(officer.get(ask))
    assert 422 == officer.post(ask, reason="Again.").status_code
    ended = lead.post(f"{team}{proposal}/end")
    assert "The reading has ended." in words(lead.get(ended.location))
    assert [403, 403] == [officer.get(f"{read}{end}").status_code for end in ("", f"documents/{document}")]
    assert 409 == lead.post(f"{team}{proposal}/end").status_code
