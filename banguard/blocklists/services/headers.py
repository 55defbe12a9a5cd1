"""Secret headers of feeds, such as a key that a provider gave: sealed when they are saved, never shown again."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

import structlog
from django.db import transaction

from banguard.blocklists.models import Source
from banguard.core import sealing
from banguard.core.errors import FeedRefused, InvalidInput

log = structlog.get_logger(__name__)

MOST, LONGEST = 10, 4_096
NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~\-]{1,100}")
VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
OURS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "accept-encoding", "range", "user-agent", "te"}
    | {"if-none-match", "if-modified-since", "upgrade", "proxy-authorization", "expect", "trailer"}
)


def keep(source: Source, headers: Mapping[str, str]) -> None:
    """Put ``headers`` on the source, sealed; the caller saves it. Raises ``InvalidInput``."""
    for name, value in headers.items():
        if not NAME.fullmatch(name) or name.lower() in OURS:
            raise _refused(f"“{name[:40]}” is no header that can be sent.")
        if not VALUE.fullmatch(value) or len(value) > LONGEST:
            raise _refused(f"The value of {name} cannot be sent as a header.")
    if len(headers) > MOST:
        raise _refused(f"At most {MOST} headers can be sent.")
    source.header_names = sorted(headers)
    source.sealed_headers = sealing.seal(json.dumps(dict(headers))) if headers else ""


def of(source: Source) -> dict[str, str]:
    """What to send. Raises ``FeedRefused`` when the key that sealed it is gone."""
    if not source.sealed_headers:
        return {}
    try:
        opened: dict[str, str] = json.loads(sealing.unseal(source.sealed_headers))
    except sealing.SealBroken as error:
        raise FeedRefused("The secret headers were sealed with a key that is gone: enter them again.") from error
    return opened


def seal_anew(*, keys: Sequence[str], **_: object) -> None:
    """Before previous keys are dropped: seal everything with the one that stays. What no key opens is left alone."""
    with transaction.atomic():
        for source in Source.objects.select_for_update().exclude(sealed_headers=""):
            try:
                opened = sealing.unseal(source.sealed_headers)
            except sealing.SealBroken:
                log.warning("headers_cannot_be_opened", source=source.name)
                continue
            Source.objects.filter(pk=source.pk).update(sealed_headers=sealing.seal(opened, keys))


def _refused(why: str) -> InvalidInput:
    return InvalidInput(why, fields={"headers": why})
