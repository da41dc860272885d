"""`portal …`: every command of the service."""

import click

from portal.cli.a1 import a1
from portal.cli.cancelling import inspection
from portal.cli.certificate import certificate
from portal.cli.checker import checker
from portal.cli.checks import check
from portal.cli.context import Sentences
from portal.cli.db import db
from portal.cli.dev import dev
from portal.cli.holds import retention
from portal.cli.letters import letter
from portal.cli.long_stop import programme
from portal.cli.mail import mail
from portal.cli.people import account
from portal.cli.plans import COMMANDS
from portal.cli.proposal import proposal
from portal.cli.receipt import receipt
from portal.cli.register import agency, holiday
from portal.cli.restored import audit
from portal.cli.run import serve, settings, sweep, worker
from portal.cli.signing import signing


@click.group(cls=Sentences)
@click.version_option(package_name="evidence-portal")
def main() -> None:
    """The evidence portal: pre-inspection information, sealed, bundled, disposed of and proven to be."""


for command in (
    a1,
    agency,
    holiday,
    account,
    audit,
    certificate,
    checker,
    check,
    db,
    dev,
    inspection,
    letter,
    mail,
    programme,
    proposal,
    receipt,
    retention,
    serve,
    settings,
    signing,
    sweep,
    worker,
):
    main.add_command(command)
for command in COMMANDS:
    retention.add_command(command)
