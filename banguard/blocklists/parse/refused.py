"""Answers that are no list, whatever the status they came with: refused as a whole.

To take one for a short list would lift the bans that the list is for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from banguard.core.errors import FeedEmpty, FeedThrottled, FeedUnreadable

FEW = 20  # lines that say something; a longer answer is no message
_THROTTLED = re.compile(
    r"rate.?limit|too many requests|throttl|you can only (?:fetch|download)|quota|limit exceeded|exceeded|slow down|"
    r"try again (?:later|in|after)|more than once|too (?:often|frequent)",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"access denied|forbidden|unauthori[sz]ed|not found|bad request|internal server error|service unavailable|"
    r"bad gateway|maintenance|captcha|api.?key|invalid (?:key|token)|subscription|has been (?:blocked|moved)",
    re.IGNORECASE,
)


def refuse_no_list(head: bytes, *, whole: bool) -> None:
    """``head`` is the beginning, or all (``whole``). Raises ``FeedUnreadable`` or ``FeedThrottled``."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if b"\x00" in head[:4_096]:
        raise FeedUnreadable("The feed is binary data, not a list.")
    if text.startswith(b"<"):
        raise FeedUnreadable("The feed is a web page, not a list: has its address changed?")
    said = list(_said(head.decode("utf-8", "replace")))
    if whole and len(said) <= FEW:
        _refuse_message(said)


def _refuse_message(said: list[str]) -> None:
    for line in said:
        if _THROTTLED.search(line):
            raise FeedThrottled(f"The feed's server asks for patience: “{line[:200]}”", said=line[:200])
        if _REFUSED.search(line):
            raise FeedUnreadable(f"The feed's server sent a message, not a list: “{line[:200]}”", said=line[:200])


def _said(text: str) -> Iterator[str]:
    """The lines that are no comments, without what is a comment in them."""
    for line in text.splitlines():
        said = re.split(r"[#;]", line, maxsplit=1)[0].strip().replace("\x00", "")
        if said and not said.startswith("//"):
            yield said


def refuse_unusable(*, read: int, rejected: int, may_be_empty: bool) -> None:
    """After reading: a list that holds nothing, or hardly anything that can be read."""
    if not read and not rejected and not may_be_empty:
        raise FeedEmpty("The feed is empty. If that is normal for it, say so in its settings.")
    if not read and rejected:
        raise FeedUnreadable(
            "The feed holds no address that can be read. Is its format the right one?", rejected=rejected
        )
    if rejected > 20 and rejected > 4 * read:
        raise FeedUnreadable(
            f"Of the feed's entries {rejected} cannot be read and only {read} can. Is its format the right one?",
            read=read,
            rejected=rejected,
        )
