"""Whether an expression may be used: it is short, it compiles, and no line can keep it busy.

Nothing here compiles it: that happens in a child that is killed on time, since an expression can be made so that
compiling it, or one look at one line, never ends; in Fail2ban that would stop the whole server.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from banguard.core import sandbox
from banguard.core.errors import RegexInvalid, RegexTimeout, RegexTooLong, Unavailable

MAX_LENGTH = 1_000  # characters of an expression as it is written
SECONDS = 2.0  # for compiling and trying it, together
AT_ONCE = 2  # children of one process, so that a storm of expressions leaves the machine to others
PATIENCE = 20.0  # seconds to wait for one's turn
CHILD = (Path(__file__).parent / "children" / "regex_trial.py").read_text(encoding="utf-8")
LIMITS = sandbox.Limits(seconds=SECONDS, memory=256 * 1024 * 1024, output=64 * 1024)

_turns = threading.BoundedSemaphore(AT_ONCE)


Shipped = Callable[[str], bool]  # whether Fail2ban itself ships an expression, letter for letter


def check(expressions: Iterable[str], shipped: Shipped) -> None:
    """Raises ``RegexTooLong``, ``RegexInvalid`` or ``RegexTimeout`` with the first that may not be used.

    What Fail2ban itself ships is taken as it is, fast or not: it is in use already, and ours to test, not to mend.
    """
    given = list(dict.fromkeys(expressions))
    for expression in given:
        if len(expression) > MAX_LENGTH and not shipped(expression):
            raise RegexTooLong(
                f"An expression may have {MAX_LENGTH} characters; this one has {len(expression)}.",
                expression=expression[:200],
                characters=len(expression),
            )
    for expression in given:
        check_one(expression, shipped)


def check_one(expression: str, shipped: Shipped, *, thorough: bool = True) -> None:
    """The same without a limit on its length. Not ``thorough`` for one whose references have been followed: what
    the package's own prefixes cost on very long lines is not the fault of who uses them."""
    if "\x00" in expression or "\n" in expression:
        raise RegexInvalid("An expression is one line of text.", expression=expression[:200])
    verdict = _verdict(expression, thorough)
    if verdict and not shipped(expression):
        raise _refusal(expression, verdict)


def _refusal(expression: str, verdict: dict[str, str]) -> RegexInvalid | RegexTimeout:
    short = expression[:200]
    if "invalid" in verdict:
        reason = verdict["invalid"]
        return RegexInvalid(f"The expression cannot be used: {reason}.", expression=short, reason=reason)
    return RegexTimeout(
        "The expression takes too long on some lines: repetitions in it can divide the same text in many ways.",
        expression=short,
        line=verdict["slow"],
    )


def _verdict(expression: str, thorough: bool) -> dict[str, str]:
    if not _turns.acquire(timeout=PATIENCE):
        raise Unavailable("Too many expressions are being tried just now. Try again soon.")
    try:
        ended = sandbox.run(
            CHILD, {"expression": expression, "thorough": thorough}, limits=LIMITS, python=Path(sys.executable)
        )
    finally:
        _turns.release()
    if ended.timed_out:
        return {"slow": f"(it was stopped after {SECONDS:g} seconds)"}
    if not ended.well:  # out of memory, most likely: it shows as whatever broke first
        return {"invalid": "it needs too much memory, or is too deep"}
    verdict: dict[str, str] = json.loads(ended.output)
    return verdict
