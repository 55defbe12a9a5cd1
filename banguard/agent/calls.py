"""One line to a call and one line to its answer: reading and writing both, at either end of the socket."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TypeVar

from pydantic import JsonValue, ValidationError

from banguard.agent.verbs import MAX_LINE, VERBS, Message
from banguard.core.errors import BanGuardError, InvalidInput, Unavailable, from_wire

M = TypeVar("M", bound=Message)


@dataclass(frozen=True)
class Call:
    verb: str
    arguments: Message


class _Request(Message):
    verb: str
    arguments: dict[str, JsonValue] = {}


class _Error(Message):
    code: str
    message: str
    details: dict[str, JsonValue] = {}


def request_line(call: Call) -> bytes:
    return b'{"verb":%s,"arguments":%s}\n' % (json.dumps(call.verb).encode(), _json(call.arguments))


def read_request(line: bytes) -> Call:
    """Raises ``InvalidInput`` for anything but a known verb with arguments that fit it."""
    try:
        request = _Request.model_validate_json(line)
        if request.verb not in VERBS:
            raise InvalidInput("There is no such verb.", verb=request.verb[:64])
        return Call(verb=request.verb, arguments=VERBS[request.verb][0].model_validate(request.arguments))
    except ValidationError as error:
        raise invalid_input(error) from error


def result_line(result: Message) -> bytes:
    """Raises ``Unavailable`` for a result that is longer than a line may be."""
    line = b'{"result":%s}\n' % _json(result)
    if len(line) > MAX_LINE:
        raise Unavailable("The answer does not fit one line.", bytes=len(line))
    return line


def error_line(error: BanGuardError) -> bytes:
    described = {"code": error.code, "message": error.message, "details": error.details}
    return json.dumps({"error": described}, default=str).encode("ascii") + b"\n"


def read_answer(line: bytes, expected: type[M]) -> M:
    """The result; raises the error that the answer tells of, or ``ValueError`` if it is no answer."""
    answer = json.loads(line)
    if not isinstance(answer, dict) or len(answer) != 1:
        raise ValueError("neither a result nor an error")
    if "error" in answer:
        error = _Error.model_validate(answer["error"])
        raise from_wire(error.code, error.message, error.details)
    return expected.model_validate(answer.get("result"))


def invalid_input(error: ValidationError) -> InvalidInput:
    """What was wrong and where, without repeating what was sent."""
    faults = [f"{'.'.join(map(str, fault['loc'])) or 'request'}: {fault['msg']}" for fault in error.errors()[:5]]
    return InvalidInput("The request cannot be used: " + "; ".join(faults), faults=faults)


def _json(message: Message) -> bytes:
    return message.model_dump_json().encode()
