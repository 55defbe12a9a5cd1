"""What a benchmark returns: one flat object."""

from __future__ import annotations

import math
from collections.abc import Sequence

Figures = dict[str, float | int | str]


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least ``percent`` of them do not exceed; an observed one, never in between."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]
