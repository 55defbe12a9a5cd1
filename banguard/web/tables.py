"""What rows stand in, and what is done with those that are selected. ``templatetags/ui.py`` makes them tags."""

from __future__ import annotations

from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString


def table(  # noqa: PLR0913 - each is one way of a table
    context: Context,
    content: SafeString,
    caption: str,
    *columns: str,
    name: str = "",
    select: str = "",
    sort: bool = False,
    order: str = "",
) -> SafeString:
    """``{% table "Bans, newest first" "Address" "#Failures" "" name="bans" %} <tr>...</tr> {% endtable %}``.

    The caption is for screen readers. A column that begins with ``#`` holds numbers (give its cells
    ``class="number"``); an empty one holds actions (``class="actions"``). Each cell repeats its column in
    ``data-label``, which a phone shows beside the value: ``<td data-label="Address">``.

    With a ``name`` people choose columns, density and exact times, and this device remembers it by that name.
    ``select`` is the id of a ``selection``: a column before the others, for ``{% select %}``.

    ``sort=True`` where every row is on the page: a script sorts them by their text, number or time, or by a cell's
    ``data-value``. In lists of many pages ``order``, which is newest or oldest: the first column, a time, leads to the
    other one by ``?order=``.
    """
    heads = [{"text": text.lstrip("#"), "number": text.startswith("#")} for text in columns]
    given = {"content": content, "caption": caption, "columns": heads, "name": name, "select": select, "sort": sort}
    given |= {"order": order, "turned": _turned(context, order) if order else None}
    return render_to_string("ui/table.html", given | _view(context, name, len(columns), bool(select)))


def _turned(context: Context, order: str) -> str:
    """The first page of the same list, the other way round."""
    query = context["request"].GET.copy()
    query.pop("cursor", None)
    query.pop("order", None)
    if order == "newest":
        query["order"] = "oldest"
    return f"?{query.urlencode()}"


def _view(context: Context, name: str, columns: int, selects: bool) -> dict[str, object]:
    """What somebody chose for it on this device (static/js/panels/table.js): ``dense.exact.2.5``.

    A column is known by its number, which is the same in each language and for whoever may select rows or not.
    """
    request = context.get("request")
    chosen = request.COOKIES.get(f"banguard_table_{name}", "").split(".") if request and name else []
    hidden = [f"without-{number + 1 + selects}" for number in range(1, columns) if str(number) in chosen]
    return {"classes": " ".join((["dense"] if "dense" in chosen else []) + hidden), "exact": "exact" in chosen}


def selection(context: Context, content: SafeString, form: str, action: str, method: str = "post") -> SafeString:
    """``{% selection "bulk" url %} <button name="what" value="unban" class="btn">Unban</button> {% endselection %}``.

    The bar of actions for the selected rows: a form that posts to ``action``. It shows once something is selected;
    without scripts it always does. With ``method="get"`` it leads to a page that names what will happen.
    """
    token = context.get("csrf_token")
    given = {"content": content, "form": form, "action": action, "method": method, "csrf_token": token}
    return render_to_string("ui/selection.html", given)
