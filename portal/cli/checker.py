"""`portal checker`: what keeps the process in that looks into files, on this host."""

import click

from portal.cli.context import Stop, as_json, show
from portal.domain.checker import Layer
from portal.ports.checking import Checker, CheckFailed
from portal.wiring import make_checker

_MEANING = {
    Layer.own_network: "a network of its own in which there is nothing",
    Layer.no_rights: "it is not root and has none of root's rights",
    Layer.no_new_privileges: "nothing that it starts is more than it is, and no other process looks into it",
    Layer.landlock: "no file can be opened",
    Layer.limits: "memory, processor time, descriptors, processes",
    Layer.system_calls: "it asks the kernel for memory, time and two pipes only",
}


@click.command()
@as_json
@click.pass_context
def checker(ctx: click.Context, json_out: bool) -> None:
    """List what keeps the process in that looks into files. Exit with 1 if something of it is missing on this host."""
    own: Checker = ctx.obj or make_checker()
    try:
        held = own.layers()
    except CheckFailed as failed:
        raise Stop(f"The checker does not start ({failed}).") from failed
    rows = [{"layer": layer.value, "holds": layer in held, "what": what} for layer, what in _MEANING.items()]
    show(rows, json_out, "")
    if missing := [layer.value for layer in _MEANING if layer not in held]:
        raise Stop(f"Missing here: {', '.join(missing)}. docs/security.md says what each needs.")
