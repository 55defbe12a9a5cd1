"""Which of a package's rules stay: those that some page can use."""

from __future__ import annotations

from pathlib import Path

import pytest

from banguard.web import styles

KNOWN = {"card", "data-", "data-part", "card-body", "w-1/2", "show", "btn-", "--", "w-", "--kept", "--own-"}
PICTURE = """:root{--kept:url("data:image/svg+xml,<svg a='.other{'>")}"""


@pytest.mark.parametrize(
    ("css", "left"),
    [
        (".card{color:red}", ".card{color:red}"),
        (".other{color:red}", ""),
        (".btn-red,.btn,.--x{color:red}", ".btn-red{color:red}"),
        (".card,.other>b{color:red}", ".card{color:red}"),
        (".card .other{color:red}", ""),
        (".card:not(.other):hover{color:red}", ".card:not(.other):hover{color:red}"),
        (":is(.card,.other) a{color:red}", ":is(.card,.other) a{color:red}"),
        (r".w-1\/2{width:50%}", r".w-1\/2{width:50%}"),
        (".w-50{width:50%}", ""),
        ("[class*=other-],a,b::after{color:red}", "[class*=other-],a,b::after{color:red}"),
        ("[data-other] *,[data-part=other] a,:root{color:red}", "[data-part=other] a,:root{color:red}"),
        ("a:not([data-other]),[type=text]{color:red}", "a:not([data-other]),[type=text]{color:red}"),
        (PICTURE, PICTURE),
        ("@media (min-width:1px){.card{a:b}.other{a:b}}", "@media (min-width:1px){.card{a:b}}"),
        ("@media print{@supports (a:b){.other{a:b}}}", ""),
        ("@keyframes other{0%{a:b}to{a:c}}", "@keyframes other{0%{a:b}to{a:c}}"),
        ('@charset "UTF-8";/*! a licence */.card{a:b}', "/*! a licence */.card{a:b}"),
        (".card{a:b", ".card{a:b}"),
        ("", ""),
        ("a{--y:1px;--kept:2px}b{--y:3px;c:d;--y:4px}", "a{--kept:2px}b{c:d;}"),
        ("a{--y:1px;--z:calc(var(--y)*2)}b{c:var( --z, 1px)}", "a{--y:1px;--z:calc(var(--y)*2)}b{c:var( --z, 1px)}"),
        ("a{--y:1px;--z:var(--y);--w:var(--z)}", "a{}"),
        ("""a{--y:url("a;b}\\");b:c");--own-x:1;d:e}""", "a{--own-x:1;d:e}"),
        ("a{--y:url(data:a;b,c);e:f}", "a{e:f}"),
        (".--y{a:b}.card.--kept{--y:1}", ".card.--kept{}"),
    ],
)
def test_rules_stay_that_ask_for_nothing_unknown(css: str, left: str) -> None:
    assert styles.used(css, KNOWN) == left


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        (
            "templates/a/b.html",
            """<b class="one{% if "x" %} two-{{ x|y }}{% endif %}" data-three>four</b>""",
            "one if x two- y endif data-three",
        ),
        ("banguard/c.py", """four = "class='one'" + f'two-{three}'""", "class one two- three"),
        ("static/js/d.js", """four(`one ${two}`, "three")""", "one two three"),
        ("static/css/e.css", """.one{--two:red}""", "one --two red"),
    ],
)
def test_words_stand_in_pages_scripts_styles_and_code(tmp_path: Path, name: str, text: str, named: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert styles.words(tmp_path) == set(named.split())
