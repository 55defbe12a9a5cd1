"""Serving below a path of somebody else's host, such as ``https://ops.example.org/banguard/``."""

from __future__ import annotations

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class UnderPrefix:
    """Takes ``prefix`` off each request's path, so that it does not matter whether the proxy has done so already.

    Health checks that come past the proxy, without the prefix, work too. Addresses that pages name always begin with
    the prefix: that is Django's ``FORCE_SCRIPT_NAME``.
    """

    def __init__(self, application: WSGIApplication, prefix: str) -> None:
        self._application = application
        self._prefix = prefix

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if self._prefix and (path == self._prefix or path.startswith(f"{self._prefix}/")):
            environ["PATH_INFO"] = path[len(self._prefix) :] or "/"
        return self._application(environ, start_response)
