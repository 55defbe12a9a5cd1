"""How much one caller may ask for, counted in the database, so that every process counts the same."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from banguard.accounts.models import Spent
from banguard.accounts.values import Caller
from banguard.core.errors import RateLimited

WINDOW = 60  # seconds

# One statement, so that callers at the same time are counted one after the other.
SPEND = """
INSERT INTO accounts_spent AS spent (key, began_at, count) VALUES (%(key)s, now(), 1)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN spent.began_at > now() - %(window)s * interval '1 s' THEN spent.count + 1 ELSE 1 END,
    began_at = CASE WHEN spent.began_at > now() - %(window)s * interval '1 s' THEN spent.began_at ELSE now() END
RETURNING count, ceil(extract(epoch FROM began_at - now()) + %(window)s)
"""


def spend(*, caller: Caller) -> None:
    """Count one request of this token or person. Raises ``RateLimited`` beyond what a minute allows."""
    count, wait = _counted(f"token:{caller.token_id}" if caller.token_id else f"person:{caller.person_id}")
    allowed = settings.API_REQUESTS_PER_MINUTE
    if count > allowed:
        raise RateLimited(f"More than {allowed} requests in a minute. Wait {wait} s.", retry_after=wait)


def is_among_first(number: int, *, key: str) -> bool:
    """Count one event of this kind; whether it is among the first ``number`` in a minute."""
    return _counted(key[:80])[0] <= number


def forget_spent() -> int:
    """Delete what was counted in windows that are over; returns how many. Else each address that ever came would stay.

    A count that begins anew meanwhile is kept: PostgreSQL looks at a row that changed once more before it deletes it.
    """
    return Spent.objects.filter(began_at__lte=Now() - timedelta(seconds=WINDOW)).delete()[0]


def _counted(key: str) -> tuple[int, int]:
    """How many there were in this window, and in how many seconds it ends."""
    with connection.cursor() as cursor:
        cursor.execute(SPEND, {"key": key, "window": WINDOW})
        count, wait = cursor.fetchone()
    return count, max(1, int(wait))
