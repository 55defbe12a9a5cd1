"""How an audit record is written down, masked and hashed; and what breaks when one is touched."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from banguard.accounts.models import AuditRecord
from banguard.accounts.values import Verified
from banguard.core.masking import MASK, in_text

SECRET = re.compile(r"pass(word|wd)?|secret|token|api_?key|credential|authorization|digest", re.IGNORECASE)
LONGEST = 2_000
HASHED = (
    *("number", "action", "target", "who", "person_id", "token_id", "address", "request_id"),
    *("outcome", "before", "after", "detail", "previous_hash"),
)


def plain(value: Any, name: str = "") -> Any:
    """``value`` as JSON can hold it and PostgreSQL can store it, without what is secret in it."""
    if name and SECRET.search(name) and value not in (None, "", True, False):
        return MASK
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return [plain(inner) for inner in value]
    return _text(str(value))


def _text(text: str) -> str:
    storable = text.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\0")
    return in_text(storable)[:LONGEST]


def hash_of(record: AuditRecord) -> str:
    """SHA-256 over everything in the record, the hash of the one before among it."""
    values = {name: getattr(record, name) for name in HASHED} | {"at": record.at.isoformat()}
    return hashlib.sha256(json.dumps(values, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def verify(records: Iterable[AuditRecord], *, head: tuple[int, str], expected: str | None = None) -> Verified:
    """Whether ``records``, from the first on, are the unbroken chain to ``head``, ``expected`` among its hashes."""
    count, previous, met = 0, "", expected is None
    for record in records:
        fault = _fault(record, count + 1, previous)
        if fault:
            return Verified(count, previous, fault)
        count, previous = record.number, record.hash
        met = met or record.hash == expected
    if (count, previous) != head:
        return Verified(count, previous, f"The last record should be number {head[0]}; records were removed.")
    return Verified(count, previous, None if met else "The chain no longer contains the hash you expect.")


def _fault(record: AuditRecord, number: int, previous: str) -> str | None:
    if record.number != number:
        return f"Record {number} is missing."
    if record.previous_hash != previous:
        return f"Record {number} does not follow the one before it."
    return None if record.hash == hash_of(record) else f"Record {number} was changed."
