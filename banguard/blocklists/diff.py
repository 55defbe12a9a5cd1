"""What has to change between what is and what should be."""

from __future__ import annotations

from collections.abc import Sequence

from banguard.blocklists.values import Change


def diff(*, wanted: Sequence[str], actual: Sequence[str]) -> Change:
    """Networks as canonical text. The order of the input is kept, so that a repeat does the same in the same order."""
    want, have = set(wanted), set(actual)
    return Change(
        add=tuple(network for network in wanted if network not in have),
        remove=tuple(network for network in actual if network not in want),
    )
