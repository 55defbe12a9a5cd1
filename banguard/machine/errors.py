"""What ends a command.

CannotGoOn   something a person must change; the message says what, and is shown without a traceback
Stopped      a signal asked to stop
"""

from __future__ import annotations


class CannotGoOn(Exception):
    """The message is for the person at the terminal: what is wrong, and what to do."""


class Stopped(Exception):
    """SIGINT, SIGTERM or SIGHUP came."""
