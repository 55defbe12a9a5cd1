"""Rows that somebody selected in a list (``{% select %}``), and asking before anything is done with them.

The form posts their ids. Unless it says that it is sure, it is answered with a page that names the rows and what will
happen; that page posts the same ids to the same address, and is sure. So it needs no script.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from banguard.core.errors import InvalidInput

MOST = 500  # rows in one request; a page of a list has fewer
LONGEST_ID = 18  # digits: what the database can hold


def ids_of(request: HttpRequest) -> list[int]:
    """The ids of the selected rows, each once; empty when none is selected. Raises ``InvalidInput``."""
    given = request.POST.getlist("ids")
    if len(given) > MOST:
        raise InvalidInput(f"Select at most {MOST} rows.", given=len(given))
    if not all(one.isascii() and one.isdecimal() and len(one) <= LONGEST_ID for one in given):
        raise InvalidInput("What was selected cannot be read.")
    return list(dict.fromkeys(map(int, given)))


def asked(  # noqa: PLR0913 - each is one thing the page says
    request: HttpRequest,
    *,
    title: str,
    question: str,
    names: Sequence[object],
    label: str,
    back: str,
    calm: bool = False,
) -> HttpResponse | None:
    """What is answered before anything is done; None once somebody is sure.

    The page that asks: ``title`` says what and with how many, ``names`` with which; ``back`` is a route's name, to
    which it leads at once where there are none.
    """
    if not names:
        messages.warning(request, gettext("Nothing was selected that is there."))
        return redirect(back)
    if "sure" in request.POST:
        return None
    given = {"title": title, "question": question, "names": names, "label": label, "back": back, "calm": calm}
    again = {"ids": ids_of(request), "what": request.POST.get("what", ""), "action": request.path}
    return render(request, "ui/selected.html", given | again)
