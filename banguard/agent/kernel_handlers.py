"""What the agent does for each verb about the kernel's sets."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from banguard.agent import kernel_verbs as verbs
from banguard.agent.guarded import Guarded
from banguard.agent.messages import Message, Nothing
from banguard.core.packed import Packed


def kernel(guarded: Guarded, arguments: verbs.KernelArguments) -> verbs.KernelHeld:
    return guarded.enforcement.sets.held(exact=arguments.exact)


def send_networks(guarded: Guarded, arguments: verbs.SendArguments) -> Nothing:
    with guarded.fences.admitted(arguments.fence):
        guarded.enforcement.sets.receive(arguments.part, Packed(arguments.v4, arguments.v6))
    return Nothing()


def enforce_networks(guarded: Guarded, arguments: verbs.EnforceArguments) -> verbs.KernelHeld:
    """What came in parts is enforced, unless it holds what this machine lives by."""
    sets = guarded.enforcement.sets
    with guarded.fences.admitted(arguments.fence):
        wanted = sets.take_received(arguments.digest)
        if arguments.rehearse:
            sets.rehearse(wanted)
        else:
            machine = guarded.read_machine()
            with guarded.enforcement.replacing(arguments.trial):
                sets.replace(wanted, never=(*machine.own, *machine.gateways, *machine.resolvers))
    return sets.held()


def remove_networks(guarded: Guarded, arguments: verbs.RemoveArguments) -> verbs.KernelHeld:
    with guarded.fences.admitted(arguments.fence):
        guarded.enforcement.sets.remove()
    return guarded.enforcement.sets.held()


def trial(guarded: Guarded, _: Nothing) -> verbs.TrialHeld:
    return guarded.enforcement.switch.held()


def keep_trial(guarded: Guarded, arguments: verbs.KeepArguments) -> verbs.TrialHeld:
    with guarded.fences.admitted(arguments.fence):
        return guarded.enforcement.switch.keep(arguments.number)


def jail_in_firewall(guarded: Guarded, arguments: verbs.FirewallArguments) -> verbs.FirewallHeld:
    workings = guarded.server.workings([arguments.jail])
    _, actions = workings.get(arguments.jail, ((), ()))
    held = guarded.enforcement.jail_held(arguments.jail, actions)
    if held is None:
        return verbs.FirewallHeld(known=False)
    return verbs.FirewallHeld(known=True, v4=base64.b64encode(held.v4), v6=base64.b64encode(held.v6))


HANDLERS: dict[str, Callable[[Guarded, Any], Message]] = {
    "kernel": kernel,
    "send_networks": send_networks,
    "enforce_networks": enforce_networks,
    "remove_networks": remove_networks,
    "trial": trial,
    "keep_trial": keep_trial,
    "jail_in_firewall": jail_in_firewall,
}
