"""What every message to and from the agent is made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from banguard.core.fences import Fence


def _not_a_path(name: str) -> str:
    if name in {".", ".."}:
        raise ValueError("not a jail's name")
    return name


JailName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.\-]{1,64}$"), AfterValidator(_not_a_path)]


class Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Nothing(Message):
    """The arguments of a verb that takes none."""


class Fenced(Message):
    """Arguments of a verb that changes something: under which lock it is asked, if under any."""

    fence: Fence | None = None
