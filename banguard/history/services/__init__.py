"""What can be done with history: follow a server into it, bring older bans, ban, unban, write ends, let go."""

from banguard.history.services.banning import ban, unban
from banguard.history.services.ends import record_gone, record_lifted
from banguard.history.services.following import Follower, follow
from banguard.history.services.importing import bring, expected
from banguard.history.services.locating import relocate
from banguard.history.services.ranking import rank
from banguard.history.services.retention import retain
from banguard.history.services.searches import forget_search, keep_search
from banguard.history.services.undoing import reversal_of, undo

__all__ = [
    "Follower",
    "ban",
    "bring",
    "expected",
    "follow",
    "forget_search",
    "keep_search",
    "rank",
    "record_gone",
    "record_lifted",
    "relocate",
    "retain",
    "reversal_of",
    "unban",
    "undo",
]
