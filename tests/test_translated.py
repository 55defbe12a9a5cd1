"""Every word of a page is marked for translation, and German lacks none."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import polib
import pytest
from django.utils.translation import gettext, override

from banguard.blocklists.catalogue import CATALOGUE
from banguard.envtypes import ROOT

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
MARKED = re.compile(r"{#.*?#}|{% blocktranslate.*?endblocktranslate %}|{%.*?%}|{{.*?}}", re.DOTALL)
NAMES = {"BanGuard", "BanGuard · BanGuard", "UTC", "AS", "banguard-blocklist"}
OF_PROGRAMMERS = {"code", "kbd", "dt"} | {"script", "style"}  # the style guide lists tags in a dt
SPOKEN = {"aria-label", "title", "placeholder", "alt", "data-label"}


class Words(HTMLParser):
    """What people read of a template, but for what is marked."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.quiet = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.quiet += tag in OF_PROGRAMMERS
        for name, value in attrs:
            if name in SPOKEN and value:
                self.handle_data(value)

    def handle_endtag(self, tag: str) -> None:
        self.quiet -= tag in OF_PROGRAMMERS

    def handle_data(self, data: str) -> None:
        if not self.quiet and re.search("[A-Za-z]{2}", data) and data.strip() not in NAMES:
            self.found.append(data.strip())


def test_every_word_of_a_template_is_marked() -> None:
    found = {}
    for template in TEMPLATES:
        words = Words()
        words.feed(MARKED.sub("", template.read_text(encoding="utf-8")))
        found[template.name] = words.found
    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.parametrize("domain", ["django", "djangojs"])
def test_german_lacks_no_word(domain: str) -> None:
    told = polib.pofile(str(ROOT / f"locale/de/LC_MESSAGES/{domain}.po"))
    assert [entry.msgid for entry in (*told.untranslated_entries(), *told.fuzzy_entries())] == []


SPOKEN_BY_SCRIPTS = re.compile(r'\.(?:textContent|title|placeholder|ariaLabel)\s*=\s*["`]|setCustomValidity\(["`][^"`]')


def test_what_scripts_say_is_marked() -> None:
    scripts = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "static/js").rglob("*.js")}
    assert [name for name, text in scripts.items() if SPOKEN_BY_SCRIPTS.search(text)] == []


def test_the_catalogue_of_feeds_is_told_in_german() -> None:
    with override("de"):
        assert [feed.slug for feed in CATALOGUE if gettext(feed.about) == feed.about] == []
        assert [feed.slug for feed in CATALOGUE if gettext(feed.size) == feed.size] == []
