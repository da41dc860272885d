"""`portal serve`, `portal worker` and the one-shot jobs."""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Event, Thread

import click
import structlog

from portal.app import create_app
from portal.cli.context import console, log_to_stderr, portal, print_json
from portal.cli.starting import Lookout, before_serving
from portal.domain.actors import WORKER
from portal.domain.errors import PortalError
from portal.domain.variables import DEFINITIONS
from portal.ports import Deps
from portal.services.anchor import anchor_statements
from portal.services.check import check_due
from portal.services.check_standing import look_at_kept
from portal.services.decide import lapse_proposals
from portal.services.deliver import deliver
from portal.services.dispose import begin_due, dispose_due
from portal.services.finalise import finalise_due
from portal.services.forewarn import forewarn
from portal.services.heartbeat import beat
from portal.services.prune import prune_old
from portal.services.remind import remind
from portal.services.review_holds import review_holds
from portal.services.sweep import sweep as sweep_uploads
from portal.services.tidy import tidy
from portal.services.trail import checkpoint
from portal.services.watch_disposals import watch_disposals
from portal.services.watch_publication import watch_publication
from portal.settings import Settings
from portal.web.serving import no_core_dumps
from portal.web.serving import serve as serve_app

log = structlog.get_logger()


@click.command()
def serve() -> None:
    """Serve the pages. It is one process: ending it, however roughly, ends all of it."""
    with portal() as (settings, deps):
        serve_until_stopped(settings, deps)


def serve_until_stopped(settings: Settings, deps: Deps) -> None:
    """Serve until the process is interrupted or told to end. Raises KeyUnavailable: nothing may be served."""
    log_to_stderr()
    before_serving(deps)
    signal.signal(signal.SIGTERM, _interrupt)
    log.info("server.listening", host=settings.listen[0], port=settings.listen[1])
    if deps.scanner is None:
        log.info("server.without-scanner", says="Files are not scanned for malware: PORTAL_CLAMD is not set.")
    app = create_app(deps, settings)
    with suppress(KeyboardInterrupt), app.extensions["portal.checks"].running():
        serve_app(app, settings)
    log.info("server.stopped")


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


@click.command()
@click.option("--once", is_flag=True, help="Do one round and stop.")
@click.option("--parent", type=int, hidden=True, help="Stop when this is no longer the parent process.")
def worker(once: bool, parent: int | None) -> None:
    """Remind, deliver mail, check files, sweep dead uploads, sign checkpoints, and dispose of what is due."""
    log_to_stderr()
    no_core_dumps()
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    with portal() as (settings, deps):
        lookout = Lookout(deps, _run)
        pause = settings.worker_pause_ms / 1000
        if not once:
            Thread(target=_check_on, args=(deps, stop, pause), name="checks", daemon=True).start()
        while not stop.is_set():
            _run("lookout", lookout.look)
            work(deps)
            if once:
                _run("look at kept", lambda: list(look_at_kept(deps)))
                _run("check", lambda: check_due(deps))
            if once or (parent and os.getppid() != parent) or stop.wait(pause):
                return


def _check_on(deps: Deps, stop: Event, pause: float) -> None:
    """Check what is due, beside the rounds: deadlines, mail and disposals wait for no large file.

    Whatever a stop leaves half done is taken over once its lease has run out. What was kept before the start is
    looked at a few at a time, as version and settings may have changed.
    """
    kept = look_at_kept(deps)
    while not stop.is_set():
        if _run("look at kept", partial(next, kept, None)):
            kept = look_at_kept(deps)  # one that failed is at its end
        _run("check", lambda: check_due(deps))
        stop.wait(pause)


def work(deps: Deps) -> None:
    """One round. Each job that fails is logged and tried again in the next round; none keeps another from its turn."""
    # The heartbeat comes first: after a leap the alarm must stand before anything asks whether it may dispose.
    _run("heartbeat", lambda: beat(deps))
    # Before the disposal, which takes the addresses of whoever has nothing else here, and the mails about what is gone.
    _run("forewarn", lambda: forewarn(deps))
    _run("begin disposals", lambda: begin_due(deps, WORKER))
    _run("deliver first", lambda: deliver(deps))
    _run("dispose", lambda: list(dispose_due(deps, WORKER)))
    _run("finalise", lambda: list(finalise_due(deps, WORKER)))
    _run("watch disposals", lambda: watch_disposals(deps))
    _run("sweep", lambda: sweep_uploads(deps))
    _run("proposals", lambda: lapse_proposals(deps))
    _run("tidy", lambda: tidy(deps))
    _run("watch publication", lambda: watch_publication(deps))
    _run("review holds", lambda: review_holds(deps))
    _run("remind", lambda: remind(deps))
    _run("deliver", lambda: deliver(deps))
    _run("prune", lambda: prune_old(deps))
    _run("checkpoint", lambda: checkpoint(deps))
    # Last, because an anchor that does not answer lets it wait.
    _run("anchors", lambda: anchor_statements(deps))


def _run(name: str, job: Callable[[], object]) -> bool:
    """Do a job; say whether something outside was in its way, so that it may well go another time."""
    try:
        job()
    except (PortalError, OSError) as error:
        log.warning("worker.job-failed", job=name, failure=type(error).__name__)
        return True
    except Exception as error:  # noqa: BLE001 -- one job's fault must not stop the others
        log.error("worker.job-fault", job=name, failure=type(error).__name__)
    return False


@click.command()
def sweep() -> None:
    """Give up uploads whose lease ran out, and remove what they left."""
    with portal() as (_settings, deps):
        console.print(f"Removed {sweep_uploads(deps)} stored things of uploads that did not finish.")


@click.command()
@click.option("--json", "json_out", is_flag=True, help="Print JSON instead of a table.")
@click.option("--check", is_flag=True, help="Exit with 1 if the portal could not start, naming every fault.")
def settings(json_out: bool, check: bool) -> None:
    """List every setting, or check those of this environment."""
    if check:
        with portal():
            console.print("The portal can start.")
        return
    rows = [
        {"variable": d.variable, "default": d.default or "", "production": d.needed_in_production,
         "meaning": d.meaning}
        for d in DEFINITIONS
    ]  # fmt: skip
    if json_out:
        print_json(rows)
    else:
        click.echo(settings_table(), nl=False)


def settings_table() -> str:
    """Return the settings as a Markdown table: the one in `docs/settings.md`."""
    lines = ["| variable | development default | in production | meaning |", "|---|---|---|---|"]
    for d in DEFINITIONS:
        default = f"`{d.default}`" if d.default else ""
        need = "must be set" if d.needed_in_production else ""
        lines.append(f"| `{d.variable}` | {default} | {need} | {d.meaning} |")
    return "\n".join(lines) + "\n"
