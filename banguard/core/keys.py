"""Which of the secret keys still does any work: the current one, or one that is on its way out.

What was signed with a previous key stays valid and is signed anew when it is next seen. Once
``banguard_secret_key_uses_total{key="previous"}`` stands still, that key can be dropped.
"""

from __future__ import annotations

from django.core.signing import Signer, TimestampSigner
from django.utils.crypto import constant_time_compare
from prometheus_client import Counter

USES = Counter("banguard_secret_key_uses", "Signatures that were checked, by the key that had made them.", ["key"])
for _key in ("current", "previous"):
    USES.labels(_key)  # so that both are there before anything was counted


class CountingSigner(Signer):
    """Counts which key had signed what it checks; ``previous`` tells it of the last one."""

    previous = False

    def unsign(self, signed_value: str) -> str:
        value = super().unsign(signed_value)
        text, _, signature = signed_value.rpartition(self.sep)
        self.previous = not constant_time_compare(signature, self.signature(text))
        USES.labels("previous" if self.previous else "current").inc()
        return value


class CountingTimestampSigner(TimestampSigner, CountingSigner):
    """The same, for what carries the time it was signed at."""
