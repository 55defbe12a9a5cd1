"""How revisions differ."""

from __future__ import annotations

from banguard.config import draft, selectors
from banguard.config.models import Revision
from banguard.core.errors import Conflict


def difference(*, revision: Revision) -> str:
    """What a revision does to its file, as a unified diff."""
    before, after = selectors.bytes_of(revision.before), selectors.bytes_of(revision.after)
    return draft.difference(before, after, before_name=revision.path, after_name=revision.path)


def between(*, revision_id: int, other_id: int) -> str:
    """From what one revision made of its file to what another did. Raises ``NotFound``, and ``Conflict`` for two
    files."""
    one, other = selectors.revision(revision_id=revision_id), selectors.revision(revision_id=other_id)
    if one.path != other.path:
        raise Conflict("Only revisions of the same file can be compared.", paths=[one.path, other.path])
    before, after = selectors.bytes_of(one.after), selectors.bytes_of(other.after)
    names = {"before_name": f"{one.path} #{one.pk}", "after_name": f"{other.path} #{other.pk}"}
    return draft.difference(before, after, **names)
