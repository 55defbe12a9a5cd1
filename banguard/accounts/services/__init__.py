"""What can be done about people, their scripts, and what they may ask for."""

from banguard.accounts.services.limits import spend
from banguard.accounts.services.people import (
    SETUP_LINK_LIFETIME,
    check_setup_link,
    create_person,
    create_setup_link,
    set_up,
)
from banguard.accounts.services.tokens import create_token, note_token_use, revoke_token

__all__ = [
    "SETUP_LINK_LIFETIME",
    "check_setup_link",
    "create_person",
    "create_setup_link",
    "create_token",
    "note_token_use",
    "revoke_token",
    "set_up",
    "spend",
]
