"""What Django's validation says, as ours."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from banguard.core.errors import InvalidInput


def unusable(error: ValidationError, otherwise: str = "") -> InvalidInput:
    """The reasons as a sentence, and by field; ``otherwise`` names the field of reasons that name none."""
    fields = error.message_dict if hasattr(error, "error_dict") else {otherwise: error.messages}
    return InvalidInput(" ".join(error.messages), fields=fields)
