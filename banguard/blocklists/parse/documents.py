"""JSON: one document, or one object a line. Addresses are found by the name that they stand under."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from banguard.blocklists.parse.reading import Found, Unread
from banguard.blocklists.parse.tables import NAMES
from banguard.core.errors import FeedThrottled, FeedUnreadable

LISTS = ("data", "ips", "addresses", "networks", "prefixes", "blocklist", "blacklist", "results", "items", "entries")
FAULTS = ("error", "errors", "message", "detail")
DEEPEST = 20


def found(file: Iterable[str], key: str) -> Iterator[Found]:
    """Every entry with the number of its line, or of its place in a document. ``key``: its name; empty: known ones."""
    lines = ((number, line) for number, line in enumerate(file, 1) if line.strip())
    names = frozenset({key.rpartition(".")[2].lower()} if key else (*NAMES, "ipv4prefix", "ipv6prefix"))
    start = list(islice(lines, 2))
    is_lines = len(start) == 2 and isinstance(_loaded(start[0][1]), dict)
    is_alone = len(start) == 1 and not any(isinstance(one, list | dict) for one in _values(_loaded(start[0][1])))
    whole = chain(start, lines)
    return _objects(whole, names) if is_lines or is_alone else _document("".join(line for _, line in whole), names)


def _objects(lines: Iterable[tuple[int, str]], names: frozenset[str]) -> Iterator[Found]:
    for number, line in lines:
        value = _loaded(line)
        _refuse_fault(value)
        entries = list(_walk(value, names, depth=0))
        if entries:
            yield from ((number, entry) for entry in entries)
        elif isinstance(value, dict) and value.get("type") == "metadata":
            yield number, None
        else:
            yield number, Unread(line, ValueError("it is no JSON that holds an address"))


def _document(text: str, names: frozenset[str]) -> Iterator[Found]:
    value = _loaded(text)
    if value is None:
        raise FeedUnreadable("The feed begins like JSON, but is none.")
    _refuse_fault(value)
    entries = chain(_texts(value), _walk(value, names, depth=0))
    return ((number, entry) for number, entry in enumerate(entries, 1))


def _loaded(text: str) -> object:
    """None for what is no JSON, or nested too deep."""
    try:
        return json.loads(text.strip().lstrip("\ufeff"))
    except (ValueError, RecursionError):
        return None


def _values(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _texts(value: object) -> Iterator[str]:
    """A text, or those in a list."""
    some = value if isinstance(value, list) else [value]
    return (one for one in some if isinstance(one, str))


def _walk(value: object, names: frozenset[str], *, depth: int) -> Iterator[str]:
    """The texts under one of the names, and those in a list under one of them or of ``LISTS``."""
    if depth > DEEPEST:
        raise FeedUnreadable("The feed's JSON is nested too deep.")
    if isinstance(value, dict):
        for name, one in value.items():
            if name.lower() in names or (name.lower() in LISTS and isinstance(one, list)):
                yield from _texts(one)
    for one in _values(value):
        if isinstance(one, list | dict):
            yield from _walk(one, names, depth=depth + 1)


def _refuse_fault(value: object) -> None:
    """``{"errors": [{"detail": "Daily rate limit exceeded", "status": 429}]}`` and the like."""
    if not isinstance(value, dict) or not any(name in value for name in FAULTS) or any(name in value for name in LISTS):
        return
    said = json.dumps({name: value[name] for name in FAULTS if name in value})[:200]
    if "429" in said or "limit" in said.lower():
        raise FeedThrottled(f"The feed's server asks for patience: {said}", said=said)
    raise FeedUnreadable(f"The feed's server sent an error, not a list: {said}", said=said)
