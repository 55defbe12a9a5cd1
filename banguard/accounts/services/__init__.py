"""What can be done about people, their scripts, and what they may ask for."""

from banguard.accounts.services.audit import named, record, refusals_told, told
from banguard.accounts.services.limits import forget_spent, is_among_first, spend
from banguard.accounts.services.links import (
    add_person,
    check_setup_link,
    choose_password,
    create_setup_link,
    reset_password,
    set_up,
    welcome,
)
from banguard.accounts.services.openid import note_refused_sign_in, person_behind, unlink
from banguard.accounts.services.people import (
    change_person,
    check_stays,
    create_person,
    hold_administrators,
    note_password_change,
    note_person_saved,
    remove_second_step,
)
from banguard.accounts.services.sessions import end_other_sessions, end_session, forget_ended, keep_session
from banguard.accounts.services.tokens import create_token, note_token_use, revoke_token

__all__ = [
    "add_person",
    "change_person",
    "check_setup_link",
    "check_stays",
    "choose_password",
    "create_person",
    "create_setup_link",
    "create_token",
    "end_other_sessions",
    "end_session",
    "forget_ended",
    "forget_spent",
    "hold_administrators",
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
    "remove_second_step",
    "reset_password",
    "revoke_token",
    "set_up",
    "spend",
    "told",
    "unlink",
    "welcome",
]
