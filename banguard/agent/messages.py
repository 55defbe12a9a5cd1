"""What every message to and from the agent is made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainSerializer, StringConstraints

from banguard.core import networks
from banguard.core.errors import AddressInvalid
from banguard.core.fences import Fence


def _not_a_path(name: str) -> str:
    if name in {".", ".."}:
        raise ValueError("not a jail's name")
    return name


JailName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.\-]{1,64}$"), AfterValidator(_not_a_path)]


def _network(value: object) -> networks.Network:
    if isinstance(value, networks.Network):
        return value  # only from our own code: JSON has none
    if not isinstance(value, str):
        raise ValueError("an address is a string")
    try:
        return networks.parse_network(value)
    except AddressInvalid as error:
        raise ValueError(error.message) from error


AddressOrNetwork = Annotated[networks.Network, BeforeValidator(_network), PlainSerializer(networks.text_of)]


class Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Nothing(Message):
    """The arguments of a verb that takes none."""


class Fenced(Message):
    """Arguments of a verb that changes something: under which lock it is asked, if under any."""

    fence: Fence | None = None
