"""What the components write, as a page gets it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_network

import pytest
from django import forms
from django.template import Context, RequestContext, Template
from django.test import RequestFactory
from django.utils.translation import override

from banguard.core.pagination import Page
from banguard.history.models import Ban
from banguard.web.charts import Chart, CountryCount, Row, Series

HOSTILE = '"><script>alert(1)</script>'


def draw(template: str, path: str = "/bans/?jail=sshd", /, **context: object) -> str:
    request = RequestFactory().get(path)
    html = Template("{% load ui %}" + template).render(RequestContext(request, {"request": request, **context}))
    return " ".join(html.split())


def page(total: int = 7, following: str | None = None, previous: str | None = None) -> Page[object]:
    return Page(data=[], total=total, page_size=3, next_cursor=following, previous_cursor=previous)


@pytest.mark.parametrize(
    "tag",
    ["badge", "notice", "run_state", "jail_state", "token_state", "empty_state", "address", "time moment otherwise="],
)
def test_text_is_never_markup(tag: str) -> None:
    assert "<script>" not in draw("{% " + tag + (" " if "=" not in tag else "") + "text %}", text=HOSTILE, moment=None)


def test_a_table_has_a_caption_heads_and_its_rows() -> None:
    html = draw('{% table "Bans" "Address" "#Failures" "" %}<tr><td>{{ text }}</td></tr>{% endtable %}', text=HOSTILE)
    assert '<caption class="visually-hidden">Bans</caption>' in html
    assert '<th scope="col" class="number" data-column="1">Failures</th>' in html
    assert ">Actions</span>" in html
    assert "<td>&quot;&gt;&lt;script&gt;" in html


def test_a_named_table_can_be_looked_at_in_other_ways_and_its_rows_selected() -> None:
    html = draw(
        '{% table "Bans" "Address" name="bans" select="bulk" %}<tr>{% select "bulk" text %}</tr>{% endtable %}',
        text=HOSTILE,
    )
    assert 'data-panel="table" data-table="bans"' in html
    assert 'form="bulk" aria-label="Select all" data-all' in html
    assert (
        '<td class="select"><input class="form-check-input" type="checkbox" name="addresses" value="&quot;&gt;' in html
    )
    assert "<script>" not in html


def test_a_table_that_is_sorted_by_a_script_says_by_which_columns() -> None:
    html = draw('{% table "Feeds" "Feed" "#Entries" "" sort=True %}{% endtable %}')
    assert '<table class="table" data-panel="sort">' in html
    assert '<th scope="col" data-sort>Feed</th> <th scope="col" class="number" data-column="1" data-sort>Ent' in html
    assert html.count("data-sort") == 2


@pytest.mark.parametrize(
    ("cookie", "select", "drawn"),
    [
        ("dense.exact.1", "", '<div class="table-box dense without-2" data-panel="table" data-exact'),
        ("1", "bulk", '<div class="table-box without-3" data-panel="table"'),
        ("0.7.Jail.<script>", "", '<div class="table-box" data-panel="table"'),
    ],
)
def test_a_named_table_is_drawn_as_it_was_chosen_on_the_device(cookie: str, select: str, drawn: str) -> None:
    request = RequestFactory().get("/")
    request.COOKIES["banguard_table_bans"] = cookie
    template = '{% load ui %}{% table "Bans" "Address" "Jail" name="bans" select=select %}{% endtable %}'
    html = Template(template).render(RequestContext(request, {"request": request, "select": select}))
    assert drawn in html
    assert 'data-column="1">Jail' in html


@pytest.mark.parametrize(("select", "cells"), [("", 10), ("bulk", 11)])
def test_rows_of_bans_have_a_cell_for_each_column_and_no_markup_of_others(select: str, cells: int) -> None:
    ban = Ban(pk=7, jail=HOSTILE, origin=HOSTILE, country="de", banned_at=datetime(2026, 1, 2, tzinfo=UTC))
    ban.address, ban.active = ip_network("203.0.113.0/24"), True  # type: ignore[attr-defined]
    html = draw("{% ban_rows bans select" + 10 * " name" + " %}", bans=[ban, ban], select=select, name=HOSTILE)
    assert html.count("<tr>") == 2
    assert html.count("<td") == 2 * cells
    assert html.count('href="/addresses/203.0.113.0/24/"') == html.count('href="/history/7/"') == 2
    assert 'href="/history/?jail=%22%3E%3Cscript%3E' in html
    assert "<script" not in html


BANNED = datetime(2026, 1, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("ban", "duration", "state"),
    [
        ({"expires_at": BANNED + HOUR, "active": True}, "1 h", r"active</span> .*ends <time .*>2026-01-02</time>"),
        ({"active": True}, "permanent", r"active</span>"),
        ({"expires_at": BANNED + HOUR}, "1 h", r"expired</span> .*>2026-01-02</time></span>"),
        (
            {"expires_at": BANNED + HOUR, "lifted_at": BANNED + HOUR, "lift_reason": "expired"},
            "1 h",
            r"expired</span> .*>2026-01-02</time></span>",
        ),
        (
            {"expires_at": BANNED + HOUR, "lifted_at": BANNED + HOUR / 2, "lift_reason": "manual"},
            "1 h",
            r"lifted</span> .*>after 30 min</time></span>",
        ),
        (
            {"lifted_at": BANNED + HOUR, "lift_reason": "manual"},
            "permanent",
            r"lifted</span> .*>after 1 h</time></span>",
        ),
        ({"expires_at": BANNED + HOUR, "failed_at": BANNED - HOUR, "active": True}, "2 h", r"active</span> .*ends"),
    ],
)
def test_a_ban_tells_how_long_it_is_for_and_what_holds_now(ban: dict[str, object], duration: str, state: str) -> None:
    active = ban.pop("active", False)
    told = Ban(banned_at=BANNED, **ban)
    told.active = active  # type: ignore[attr-defined]
    assert draw("{% ban_duration ban %}", ban=told) == duration
    assert re.search(f'<span class="chip tone-[a-z]+">{state}', draw("{% ban_state ban %}", ban=told))


def test_what_is_kept_is_drawn_once_and_stands_twice() -> None:
    drawn = iter("ab")
    html = draw("{% kept as menu %}<i>{{ drawn }}</i>{% endkept %}{{ menu }}{{ menu }}", drawn=lambda: next(drawn))
    assert html == "<i>a</i><i>a</i>"


def test_a_selection_is_a_form_that_posts_with_its_token() -> None:
    html = draw('{% selection "bulk" "/x/" %}<button>Unban</button>{% endselection %}')
    assert '<form class="selection selection-none" id="bulk" method="post" action="/x/"' in html
    assert 'name="csrfmiddlewaretoken"' in html
    assert "<button>Unban</button>" in html


def test_a_country_has_its_flag_and_name() -> None:
    assert 'flag-sprite flag-d flag-_e" aria-hidden="true"></span><span>Germany' in draw('{% country "DE" %}')
    assert ">unknown<" in draw('{% country "" %}')
    with override("de"):
        assert ">Deutschland<" in draw('{% country "DE" %}')
    assert "<script>" not in draw("{% country text %}", text=HOSTILE)


def test_a_chart_is_a_table_with_a_tone_for_each_series() -> None:
    rows = (Row(date(2026, 11, 3), (1200, 7)),)
    html = draw(
        '{% chart "Bans" chart %}', chart=Chart("Day", (Series("Jails", "series-jail"), Series("Lists", "bad")), rows)
    )
    assert 'data-tone="series-jail">Jails</th>' in html
    assert '<time datetime="2026-11-03" data-day>3 Nov</time>' in html
    assert 'data-value="1200">1,200</td>' in html


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (datetime(2026, 11, 3, 7, tzinfo=UTC), "Time zone: <span data-zone>UTC</span>"),
        (date(2026, 11, 3), "Time zone: <span>UTC</span>"),
        ("sshd", ""),
    ],
)
def test_an_axis_of_time_names_its_zone(at: datetime | date | str, told: str) -> None:
    html = draw('{% chart "Bans" chart %}', chart=Chart("Day", (Series("Jails", "bad"),), (Row(at, (1,)),)))
    assert told in html
    assert ("Time zone" in html) == bool(told)


def test_a_row_that_is_selected_by_its_id_is_known_by_its_name() -> None:
    html = draw('{% select "bulk" 7 "ids" text %}', text=HOSTILE)
    assert 'name="ids" value="7" form="bulk" aria-label="Select &quot;&gt;&lt;script&gt;' in html


def test_a_country_has_the_name_that_people_say() -> None:
    for code, name in (("NL", "Netherlands"), ("US", "United States"), ("BS", "Bahamas"), ("GB", "United Kingdom")):
        assert f"<span>{name}</span>" in draw("{% country code %}", code=code)


def test_the_world_shows_what_has_no_country() -> None:
    html = draw(
        '{% world "Bans" rows %}', rows=[CountryCount("DE", 3, "/?country=DE"), CountryCount("", 9, "/?country=-")]
    )
    assert 'data-code="DE" data-name="Germany" data-value="3"' in html
    assert 'data-code="" data-name="unknown" data-value="9"' in html


def test_the_pager_keeps_the_search_and_drops_the_old_cursor() -> None:
    html = draw('{% pager page "bans" %}', "/bans/?jail=a&jail=b%26c&cursor=old", page=page(7, "next/+", "back"))
    assert 'href="?jail=a&amp;jail=b%26c"' in html
    assert 'href="?jail=a&amp;jail=b%26c&amp;cursor=next%2F%2B" rel="next"' in html
    assert 'cursor=back" rel="prev"' in html


def test_the_pager_of_a_single_page_only_counts() -> None:
    html = draw('{% pager page "bans" %}', page=page())
    assert "7 bans" in html
    assert "<a" not in html


def test_the_pager_admits_that_it_stopped_counting() -> None:
    assert "At least 100,000 bans" in draw('{% pager page "bans" %}', page=replace(page(100_000), at_least=True))


def test_a_time_shows_the_exact_moment_on_hover() -> None:
    moment = datetime(2025, 3, 1, 12, 30, 5, tzinfo=UTC)
    html = draw("{% time moment %}", moment=moment)
    assert 'datetime="2025-03-01T12:30:05+00:00" title="2025-03-01 12:30:05 UTC"' in html
    assert ">2025-03-01</time>" in html


def test_a_time_that_never_came_says_so() -> None:
    assert ">never<" in draw("{% time None %}")
    assert ">no end<" in draw('{% time None otherwise="no end" %}')


def test_an_address_leads_to_its_history() -> None:
    assert 'href="/addresses/2001:db8::/32/"' in draw('{% address "2001:db8::/32" %}')


def test_a_stat_separates_thousands_and_shows_a_dash_for_nothing() -> None:
    assert ">1,284,000<" in draw('{% stat "Banned" 1284000 %}')
    assert ">–<" in draw('{% stat "Banned" None %}')


def test_a_progress_without_a_known_end_has_no_value() -> None:
    assert "<progress></progress>" in draw('{% progress None label="Waiting" %}')
    assert '<progress value="62" max="100">' in draw('{% progress 31 50 "Merging" %}')


class Sample(forms.Form):
    name = forms.CharField(help_text="How it appears.")
    scopes = forms.MultipleChoiceField(choices=[("read", HOSTILE)], widget=forms.CheckboxSelectMultiple)
    enabled = forms.BooleanField(required=False)


def test_a_field_ties_label_help_and_errors_to_its_input() -> None:
    html = draw("{% field form.name %}", form=Sample({}))
    assert '<label class="form-label" for="id_name">' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'id="id_name_helptext"' in html
    assert 'id="id_name_error"' in html
    assert 'aria-invalid="true"' in html


def test_choices_form_a_group_with_a_legend() -> None:
    html = draw("{% field form.scopes %}", form=Sample({"scopes": ["read"]}))
    assert "<legend>Scopes</legend>" in html
    assert "checked" in html
    assert "<script>" not in html


def test_a_confirmation_posts_with_its_csrf_token() -> None:
    html = Template('{% load ui %}{% confirm "/x/" "Revoke" "Sure?" what="reload" busy="Reloading" %}').render(
        Context({"csrf_token": "the-token"})
    )
    assert 'value="the-token"' in html
    assert '<input type="hidden" name="what" value="reload">' in html
    assert 'data-busy="Reloading"' in html


def test_a_confirmation_can_be_closed_and_is_calm_where_nothing_is_lost() -> None:
    assert "<span>Reload</span><span>Cancel</span>" in draw('{% confirm "/x/" "Reload" "Sure?" %}')
    assert "btn-danger" not in draw('{% confirm "/x/" "Reload" "Sure?" calm=True %}')


def test_the_menu_marks_where_one_is() -> None:
    assert 'aria-current="page"' in draw('{% menu_link "tokens" "Tokens" %}', "/account/tokens/")
    assert "aria-current" not in draw('{% menu_link "dashboard" "Dashboard" %}', "/account/tokens/")
