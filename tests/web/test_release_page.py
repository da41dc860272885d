"""The team's page of a document: what is released is what was shown, and nothing is said to be released that is not."""

import re
from dataclasses import replace

from portal.services.check import check_document
from schemas.checking import Answer, Found
from tests.web.clients import Visit, make_app, sign_in, words
from tests.world import World, upload

WHY = "The scanner is down, and the leader rang."


def shown(page: str) -> str:
    """Return what the form on a page says was known."""
    [mark] = re.findall(r'name="shown" value="([^"]*)"', page)
    return str(mark)


def test_only_what_was_shown_is_released(world: World) -> None:
    """What a check finds between page and click is shown first, with what was typed; then it can be released."""
    deps = replace(world.deps, policy=replace(world.deps.policy, scanner_needed=True))
    document = upload(deps, world.leader.actor, world.a.inspection, "childrens-guide").document
    app = make_app(deps)
    head = Visit(app, sign_in(app, deps, world.lead_inspector.id))
    here = f"/team/inspections/{world.a.inspection}/documents/{document}/check"
    before = shown(head.get(here).text)
    assert "The document is released" not in words(head.get(f"{here}?released=1"))

    world.fakes.checker.answer = Answer("pdf", (Found("polyglot"),))
    check_document(deps, document)
    for old in (before, "", None):
        again = head.post(here, reason=WHY, **({} if old is None else {"shown": old}))
        assert 409 == again.status_code
        assert "The document was checked again meanwhile" in words(again)
        assert "two different types at once" in words(again)
        assert WHY in again.text
        assert 409 == head.get(f"/team/inspections/{world.a.inspection}/documents/{document}").status_code
    assert 422 == head.post(here, reason=WHY, shown="x" * 65).status_code

    done = head.post(here, reason=WHY, shown=shown(again.text))
    assert 303 == done.status_code
    assert "The document is released. Everybody in the team can download it." in words(head.get(done.location))
    assert "Released by a head of the team" in words(head.get(here))
    assert "The document is released" not in words(head.get(here))
