"""A file that is sent as the body of a request, onto this machine's disk."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.http import HttpRequest

from banguard.core.errors import BadRequest, InvalidInput

MOST = 100_000_000  # bytes; what is larger is imported on the machine itself
_PIECE = 1 << 20
_BODY = {"schema": {"type": "string", "format": "binary"}}
UPLOAD = {"requestBody": {"required": True, "content": {"application/octet-stream": _BODY}}}  # as OpenAPI says it


@contextmanager
def received(request: HttpRequest) -> Iterator[Path]:
    """The body as a file that is gone afterwards. Raises ``BadRequest`` and ``InvalidInput`` before it is read."""
    if request.content_type in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        raise BadRequest("Send the file itself as the body, as application/octet-stream.")
    length = request.headers.get("Content-Length") or "0"
    if not length.isdecimal() or not 0 < int(length) <= MOST:
        raise InvalidInput(f"Send a file of 1 to {MOST:,} bytes; import a larger one with manage.py.", most=MOST)
    with tempfile.NamedTemporaryFile(prefix="banguard-") as file:
        while piece := request.read(_PIECE):
            file.write(piece)
        file.flush()
        yield Path(file.name)
