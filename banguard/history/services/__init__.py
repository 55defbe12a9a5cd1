"""What can be done with history: follow a server into it, ban, unban, and write how bans ended."""

from banguard.history.services.banning import ban, unban
from banguard.history.services.ends import record_gone, record_lifted
from banguard.history.services.following import Follower, follow
from banguard.history.services.ranking import rank
from banguard.history.services.undoing import reversal_of, undo

__all__ = ["Follower", "ban", "follow", "rank", "record_gone", "record_lifted", "reversal_of", "unban", "undo"]
