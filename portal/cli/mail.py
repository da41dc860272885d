"""`portal mail`: what has not gone, what to do about it, and whether mail goes at all."""

from uuid import UUID

import click

from portal.cli.context import Stop, as_json, console, portal, show
from portal.domain.actors import OPERATOR
from portal.ports import MailInDoubt, MailRefused
from portal.services.outbox import give_up_mail, list_mails, retry_mail, send_test_mail


@click.group()
def mail() -> None:
    """The outbox: mails that wait, were refused, or are in doubt."""


@mail.command(name="list")
@click.option("--all", "everything", is_flag=True, help="Also mails that were sent, overtaken or given up.")
@as_json
def list_(everything: bool, json_out: bool) -> None:
    """List the mails that have not gone, newest first, 200 at most."""
    with portal() as (_settings, deps):
        empty = "The outbox is empty." if everything else "No mail waits or needs a decision."
        show(list_mails(deps, OPERATOR, everything=everything), json_out, empty)


@mail.command()
@click.argument("mail_id", type=click.UUID, metavar="ID")
def retry(mail_id: UUID) -> None:
    """Send the mail ID again; if it was in doubt it may arrive twice."""
    with portal() as (_settings, deps):
        retry_mail(deps, OPERATOR, mail_id)
        console.print("The mail is back in the queue; the worker sends it in its next round.")


@mail.command(name="give-up")
@click.argument("mail_id", type=click.UUID, metavar="ID")
def give_up(mail_id: UUID) -> None:
    """Leave the mail ID unsent: it has arrived after all, or was said in another way."""
    with portal() as (_settings, deps):
        give_up_mail(deps, OPERATOR, mail_id)
        console.print("The mail is given up; it is not sent.")


@mail.command()
@click.argument("address")
def test(address: str) -> None:
    """Send a test mail to ADDRESS now, by the carrier that the settings name."""
    with portal() as (_settings, deps):
        try:
            send_test_mail(deps, OPERATOR, address)
        except MailRefused as error:
            raise Stop(f"The mail was refused ({error}): check the address and the mail settings.") from error
        except MailInDoubt as error:
            raise Stop("The mail was handed over, but no answer came: look whether it arrives.") from error
        except OSError as error:
            # A server's own words may hold anything; its code says enough.
            code = getattr(error, "smtp_code", None) or error.errno or ""
            raise Stop(f"The mail was not sent ({type(error).__name__} {code}): check the mail settings.") from error
        console.print("The test mail was sent.")
