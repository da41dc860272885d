"""`make demo`: the whole life of one inspection over HTTP, against a server and a worker of its own.

Prints each step with its time, and ends with exit code 1 at the first expectation that is not met.
"""

import argparse
import hashlib
import html
import json
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import bagit

from portal.db.ending_queries import clock_row, disposal_of, standing_alarms
from portal.db.engine import reading, writing
from portal.db.tables import Inspection
from portal.domain.times import LONDON, london_date, parse_iso, say_date
from portal.vault.parts import inspection_prefix
from tests.e2e.apps import App, set_up_app
from tests.e2e.browser import Browser
from tests.e2e.files import Sent, files_to_send
from tests.e2e.installation import Installation, installation

PASSWORD = "a long enough demo password"
LEADER, LEAD = "leader@shoreline.example", "lead@inspectorate.example"
STEP = timedelta(hours=23, minutes=50)


class Unmet(Exception):
    """Something is not as it should be."""


def expect(condition: object, words: str) -> None:
    """Pass if the condition holds. Raises Unmet."""
    if not condition:
        raise Unmet(words)


@contextmanager
def step(words: str) -> Iterator[None]:
    """Print a step and how long it took."""
    began = time.monotonic()
    print(f"{words} …", end=" ", flush=True)
    yield
    print(f"{time.monotonic() - began:.2f} s", flush=True)


def wait_for(condition: Callable[[], Any], words: str, seconds: float = 30) -> Any:
    """Return the first true answer. Raises Unmet after `seconds`."""
    until = time.monotonic() + seconds
    while not (answer := condition()):
        expect(time.monotonic() < until, f"waited {seconds:.0f} s in vain: {words}")
        time.sleep(0.02)
    return answer


def command(portal: Installation, *arguments: str) -> str:
    """Run a command that must succeed; return what it printed."""
    done = portal.command(*arguments)
    expect(done.returncode == 0, f"`portal {' '.join(arguments)}` failed: {done.stderr or done.stdout}")
    return done.stdout


def life(portal: Installation, large: int) -> None:
    """Walk through everything."""
    # Before the worker starts: to it, a clock that is set back is an alarm.
    command(portal, "dev", "clock", "--set", "2023-10-02T09:30")
    portal.serve()
    portal.spawn("worker")
    inspection, reference, codes = announce(portal)
    leader, lead = accept(portal, LEADER, codes[LEADER]), accept(portal, LEAD, codes[LEAD])
    files = files_to_send(large)
    send_all(leader.browser, inspection, files)
    declare(leader.browser, inspection, len(files))
    download(portal, lead, inspection, reference, files)
    publish_and_leap(portal, reference)
    walk_to_disposal(portal, inspection, reference)
    nothing_left(portal, leader, lead, inspection, reference)


def announce(portal: Installation) -> tuple[str, str, dict[str, str]]:
    """Announce on a Monday morning; return the codes to read out too."""
    with step("Monday 2 October 2023, 9:30am: announce the inspection"):
        command(portal, "programme", "add", "RAA-2023", "Thematic inspections 2023")
        said = command(
            portal, "inspection", "announce", "RAA-2023", "--agency", "SHORE", "Adopt Shoreline",
            "--leader", LEADER, "Lena Leader", "--lead-inspector", LEAD, "Iris Inspector", "--json",
        )  # fmt: skip
        announced = json.loads(said)
        expect(announced["deadline"] == "4pm on Tuesday 3 October 2023", announced["deadline"])
    return announced["inspection"], announced["reference"], announced["codes"]


def clock_says(portal: Installation) -> datetime:
    """Return the instant that server and worker go by."""
    _settings, deps = portal.connect()
    try:
        return deps.clock.now()
    finally:
        deps.engine.dispose()


@dataclass
class Visitor:
    """One person with a browser and an authenticator app."""

    browser: Browser
    app: App


def accept(portal: Installation, email: str, code: str) -> Visitor:
    """Read the invitation mail; with the code from the call, set up a password and an authenticator app."""
    with step(f"Invitation mail to {email}, code, password, authenticator app"):
        link = wait_for(lambda: invitation_link(portal, email), "the invitation mail")
        browser = Browser(portal.port)
        expect(browser.get(link).status == 200, "the invitation's page opens")
        expect(browser.get(link).status == 200, "and opens again: reading it uses nothing up")
        chosen = {"password": PASSWORD, "confirm": PASSWORD}
        expect(browser.post(link, code="AAA-AAA", **chosen).status == 422, "without the code it is refused")
        expect(browser.post(link, code=code, **chosen).status == 303, "the invitation is accepted")
        expect(Browser(portal.port).get(link).status == 404, "the link is used up")
        expect(browser.get("/team/").status == 303, "a password alone opens nothing")
        app = set_up_app(browser, clock_says(portal))
        expect(browser.get("/team/").status == 200, "with the second step they are in")
    return Visitor(browser, app)


def invitation_link(portal: Installation, email: str) -> str:
    """Return the path of the newest invitation mailed to this address, or ""."""
    for mail in (portal.root / "mail").glob("*.eml"):
        text = mail.read_text()
        if f"To: {email}" in text and (found := re.search(r"/invitations/[A-Za-z0-9_-]{43}", text)):
            return found.group(0)
    return ""


def send_all(leader: Browser, inspection: str, files: list[Sent]) -> None:
    """Send every file, by form or as a script, and see what the task list says after each."""
    home = f"/inspections/{inspection}/"
    expect("11 still to send" in leader.get(home).words, "at first all is still to send")
    for number, file in enumerate(files):
        by_form = file.data is not None and number % 2 == 0
        with step(f"{file.item}: {file.length / 1e6:.1f} MB {'by form' if by_form else 'by PUT'}"):
            if by_form and file.data is not None:
                answer = leader.upload_form(
                    inspection, file.item, file.slot, file.name, file.data, meeting_date=file.meeting_date
                )
                expect(answer.status == 303, f"{file.name}: {answer.status} {answer.words[:300]}")
            else:
                headers = {"X-Meeting-Date": file.meeting_date} if file.meeting_date else {}
                blocks = file.blocks()
                answer = leader.put(inspection, file.item, file.slot, file.name, blocks, file.length, headers)
                expect(answer.status == 201, f"{file.name}: {answer.status} {answer.text[:300]}")
                expect(answer.json()["body"]["sha256"] == file.sha256, "the receipt has the SHA-256 of what was sent")
        print(f"    {still_missing(leader.get(home).text)}")
    expect("11 provided" in leader.get(home).words, "in the end all eleven items are provided")


def still_missing(page: str) -> str:
    """Return what the task list says is missing."""
    section = page.partition("Still missing")[2].partition("</ul>")[0]
    listed = [html.unescape(each).strip() for each in re.findall(r"<li>(.*?)</li>", section, re.DOTALL)]
    return f"Still missing: {'; '.join(listed)}" if listed else "Everything is sent or explained."


def declare(leader: Browser, inspection: str, documents: int) -> None:
    """Send the declaration and read the receipt."""
    with step("Declaration and receipt"):
        home = f"/inspections/{inspection}/"
        expect("Your declaration is not sent yet" in leader.get(home).words, "the page says what is still to do")
        answer = leader.post(f"{home}declaration")
        expect(answer.status == 303, f"the declaration is taken: {answer.status} {answer.words[:300]}")
        receipt = leader.get(f"{home}receipts/1.json").json()
        expect(len(receipt["body"]["documents"]) == documents, "the receipt lists every document")
        expect(all(each["on_time"] for each in receipt["body"]["documents"]), "all on time")
        expect("Your declaration is not sent yet" not in leader.get(home).words, "the page says that it is done")


def confirm(portal: Installation, visitor: Visitor, path: str) -> None:
    """Confirm by the app that it is they, on the way to a download."""
    asked = visitor.browser.get(path)
    expect(asked.status == 303 and asked.location.startswith("/confirm?"), "a confirmation is asked for first")
    code = visitor.app.code(clock_says(portal))
    answer = visitor.browser.post("/confirm", asked.location, purpose="bundle", next=path, code=code)
    expect(answer.status == 200, f"the code confirms: {answer.status} {answer.words[:300]}")


def download(portal: Installation, lead: Visitor, inspection: str, reference: str, files: list[Sent]) -> None:
    """Confirm, download the bundle, let bagit check it, and compare every digest with what was sent."""
    target, path = portal.root / "bundle.zip", f"/team/inspections/{inspection}/bundle"
    with step("The lead inspector confirms that it is she, and downloads the bundle"):
        confirm(portal, lead, path)
        with lead.browser.open("GET", path) as response, target.open("wb") as out:
            expect(response.status == 200, f"the bundle comes: {response.status}")
            length = int(response.headers["Content-Length"])
            while block := response.read(1024 * 1024):
                out.write(block)
        expect(target.stat().st_size == length, "its length is as announced")
    with step("bagit accepts it, and every SHA-256 equals what was sent"):
        folder = portal.root / "bundle"
        with zipfile.ZipFile(target) as archive:
            archive.extractall(folder)
        bag = bagit.Bag(str(folder / reference))
        expect(bag.is_valid(), "bagit finds the bag valid")
        manifest = (folder / reference / "manifest-sha256.txt").read_text().splitlines()
        listed = sorted(line.split()[0] for line in manifest)
        expect(listed == sorted(file.sha256 for file in files), "the manifest holds what was sent")
        found = sorted(_digest(path) for path in (folder / reference / "data").rglob("*") if path.is_file())
        expect(found == listed, "and so do the files")
        expect(len(list((folder / reference / "data").iterdir())) == 11, "in eleven folders")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def publish_and_leap(portal: Installation, reference: str) -> None:
    """Publish on 26 March 2024; then let the clock leap, which must raise an alarm and dispose of nothing."""
    with step("Tuesday 26 March 2024: the report is published"):
        walk_clock(portal, datetime(2024, 3, 26, 9, 30, tzinfo=LONDON))
        command(portal, "programme", "publish", "RAA-2023", "2024-03-26")
        due = json.loads(command(portal, "retention", "due", "--json"))[0]
        expect(due["due"] == "2025-03-27T00:00:00.000Z", f"disposal is due on {due['due']}")
    with step("The clock leaps 400 days: an alarm, and nothing is disposed of"):
        command(portal, "dev", "clock", "--forward", str(400 * 24))
        wait_for(lambda: alarms(portal), "the clock alarm")
        time.sleep(0.5)
        expect(state(portal, reference) == "closed", "nothing was disposed of")
        refused = portal.command("retention", "dispose", "--yes")
        expect(refused.returncode == 1 and "clock" in refused.stderr, f"by hand neither: {refused.stderr}")
        command(portal, "dev", "clock", "--forward", str(-400 * 24))
        command(portal, "retention", "confirm-clock", "--yes")
        expect(not alarms(portal), "a person has confirmed the clock")


def walk_clock(portal: Installation, to: datetime) -> None:
    """Walk the clock to a time in steps of under a day, each of them seen by the worker."""
    _settings, deps = portal.connect()
    try:
        while (left := to - deps.clock.now()) > timedelta():
            with writing(deps.engine) as session:
                row = clock_row(session, lock=True)
                row.offset_seconds += round(min(left, STEP).total_seconds())
            # The clock runs on while it is walked, so a step that overshoots by a moment ends the walk.
            seen = deps.clock.now() - timedelta(seconds=1)
            wait_for(lambda seen=seen: heartbeat(deps) >= seen, "the worker's heartbeat")  # type: ignore[misc]
    finally:
        deps.engine.dispose()


def heartbeat(deps: Any) -> datetime:
    """Return when the worker was last seen alive."""
    with reading(deps.engine) as session:
        at = clock_row(session).heartbeat_at
        return at or parse_iso("2000-01-01T00:00:00.000Z")


def alarms(portal: Installation) -> int:
    """Return how many alarms stand."""
    _settings, deps = portal.connect()
    try:
        with reading(deps.engine) as session:
            return len(standing_alarms(session))
    finally:
        deps.engine.dispose()


def state(portal: Installation, reference: str) -> str:
    """Return the state of the inspection."""
    rows = json.loads(command(portal, "inspection", "list", "--json"))
    return next(str(row["state"]) for row in rows if row["reference"] == reference)


def walk_to_disposal(portal: Installation, inspection: str, reference: str) -> None:
    """Walk a year on: one second before disposal is due nothing happens, after it the worker disposes."""
    due = parse_iso("2025-03-27T00:00:00.000Z")
    with step("The clock is walked on to shortly before disposal is due, the worker running"):
        walk_clock(portal, due - timedelta(minutes=10))
        expect(state(portal, reference) == "closed", "nothing was disposed of on the way")
    _settings, deps = portal.connect()
    try:
        with step("One second before it is due nothing has happened; after it the worker disposes"):
            walk_clock(portal, due - timedelta(seconds=6))
            while deps.clock.now() < due - timedelta(seconds=1):
                time.sleep(0.01)
            with reading(deps.engine) as session:
                untouched = session.get_one(Inspection, UUID(inspection)).state == "closed"
                begun = disposal_of(session, UUID(inspection)) is not None
            # A machine that stood still over that second shows less here; when it began stands in the certificate.
            expect(deps.clock.now() >= due or (untouched and not begun), "nothing has happened yet")
            wait_for(lambda: state(portal, reference) == "disposed", "the disposal")
            with reading(deps.engine) as session:
                disposal = disposal_of(session, UUID(inspection))
                expect(disposal is not None and disposal.started_at >= due, "it began when it was due, not before")
    finally:
        deps.engine.dispose()


def nothing_left(portal: Installation, leader: Visitor, lead: Visitor, inspection: str, reference: str) -> None:
    """Nothing can be read; the certificate is printed; the trail verifies."""
    with step("Nothing can be read any more, and who had nothing else here has no account any more"):
        for visitor, email, page in ((leader, LEADER, "/inspections"), (lead, LEAD, "/team/inspections")):
            refused = visitor.browser.sign_in(email, PASSWORD).status
            expect(refused == 422, f"the account is gone: {refused}")
            answer = visitor.browser.get(f"{page}/{inspection}/")
            expect(answer.status == 303, f"they are signed out: {answer.status}")
        _settings, deps = portal.connect()
        try:
            expect(deps.store.remains(inspection_prefix(UUID(inspection))) == 0, "no object is left")
            expect(deps.custodian.state(UUID(inspection)) == "removed", "no key is left")
        finally:
            deps.engine.dispose()
    with step("The provisional certificate, and a month on, when no backup of the key is left, the final one"):
        expect(_status(portal, reference) == "provisional", "the first certificate is provisional")
        walk_clock(portal, clock_says(portal) + timedelta(days=30))
        wait_for(lambda: _status(portal, reference) == "final", "the final certificate")
    with step("Anyone can check it and its place in the audit trail; the trail verifies"):
        certificate = command(portal, "retention", "certificate", reference)
        wait_for(lambda: portal.command("audit", "span", reference).returncode == 0, "the checkpoint that follows")
        files = {
            "certificate": certificate,
            "keys": command(portal, "receipt", "key", "--json"),
            "span": command(portal, "audit", "span", reference),
        }
        for name, text in files.items():
            (portal.root / f"{name}.json").write_text(text)
        checked = [str(portal.root / f"{name}.json") for name in files]
        command(portal, "certificate", "verify", checked[0], "--key", checked[1], "--span", checked[2])
        script = Path(__file__).parents[2] / "infra" / "verify_certificate.py"
        expect(
            subprocess.run([sys.executable, str(script), *checked], check=False).returncode == 0, "by the script too"
        )
        said = command(portal, "audit", "verify")
    print(certificate)
    print(said.strip())
    published = parse_iso(json.loads(certificate)["body"]["due_at"])
    print(f"Disposal was due on {say_date(london_date(published))}.")


def _status(portal: Installation, reference: str) -> str:
    return str(json.loads(command(portal, "retention", "certificate", reference))["body"]["status"])


def main() -> int:
    """Run the demo in a folder that is removed afterwards; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large-mb", type=int, default=200, help="size of the one large file")
    arguments = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="portal-demo-") as folder, suppress(BrokenPipeError):
        try:
            with installation(Path(folder)) as portal:
                life(portal, arguments.large_mb * 1024 * 1024)
        except Unmet as unmet:
            print(f"\nNot as expected: {unmet}", file=sys.stderr)
            return 1
        print(f"All as expected, in {time.monotonic() - began:.0f} s.")
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
