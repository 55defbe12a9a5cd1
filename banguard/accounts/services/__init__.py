"""What can be done about people, their scripts, and what they may ask for."""

from banguard.accounts.services.audit import named, record, refusals_told, told
from banguard.accounts.services.limits import forget_spent, is_among_first, spend
from banguard.accounts.services.openid import note_refused_sign_in, person_behind, unlink
from banguard.accounts.services.people import (
    SETUP_LINK_LIFETIME,
    check_setup_link,
    create_person,
    create_setup_link,
    note_password_change,
    note_person_saved,
    set_up,
)
from banguard.accounts.services.sessions import end_other_sessions, end_session, forget_ended, keep_session
from banguard.accounts.services.tokens import create_token, note_token_use, revoke_token

__all__ = [
    "SETUP_LINK_LIFETIME",
    "check_setup_link",
    "create_person",
    "create_setup_link",
    "create_token",
    "end_other_sessions",
    "end_session",
    "forget_ended",
    "forget_spent",
    "is_among_first",
    "keep_session",
    "named",
    "note_password_change",
    "note_person_saved",
    "note_refused_sign_in",
    "note_token_use",
    "person_behind",
    "record",
    "refusals_told",
    "revoke_token",
    "set_up",
    "spend",
    "told",
    "unlink",
]
