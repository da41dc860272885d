"""`security.txt`: where a weakness is told (RFC 9116)."""

from datetime import datetime, timedelta

from tests.web.clients import make_app
from tests.world import World


def test_it_says_whom_to_tell_and_is_never_out_of_date(world: World) -> None:
    """Contact from the settings, a date less than a year ahead whenever it is read, its own address, no cookie."""
    client = make_app(world.deps).test_client()
    for days in (0, 400):
        world.fakes.clock.advance(timedelta(days=days))
        answer = client.get("/.well-known/security.txt")
        fields = dict(line.split(": ", 1) for line in answer.text.splitlines())
        ahead = datetime.fromisoformat(fields.pop("Expires")) - world.fakes.clock.now()
        assert timedelta(days=179) <= ahead < timedelta(days=365)
        assert {
            "Contact": "mailto:support@inspectorate.example",
            "Preferred-Languages": "en",
            "Canonical": "https://evidence.example/.well-known/security.txt",
        } == fields
        assert "text/plain; charset=utf-8" == answer.headers["Content-Type"]
        assert "Set-Cookie" not in answer.headers
