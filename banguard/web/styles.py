"""The rules of a stylesheet that some page can use.

A package of components brings ten times the rules that our pages need, and a browser reads, and asks for each
element, every one of them before it paints. Which classes a page has is written in many ways: so any word counts as
one that stands in such an attribute of a template, in any text between quotes in scripts and code, and anywhere in
our own styles; and a word that ends in a dash as the beginning of any (``tone-{{ tone }}``). A rule is left out only
if it names a class, or a ``data-`` attribute, that stands nowhere; of what stays, a custom property only if it stands
nowhere and no rule that stays reads it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Set
from pathlib import Path
from typing import Any

import tinycss2

_QUOTED = r"""("[^"\n]*"|'[^'\n]*'|`[^`]*`)"""
KINDS = {  # where pages come from, and what of it may name a class
    "templates/**/*.html": re.compile(r"""class="((?:{%.*?%}|{{.*?}}|[^"])*)"|\s(data-[\w-]+)"""),
    "banguard/**/*.py": re.compile(_QUOTED),
    "static/**/*.js": re.compile(_QUOTED),
    "static/**/*.css": re.compile("(.+)"),
}
GROUPS = {"media", "supports", "layer", "container"}  # at-rules that hold rules
_WORD = re.compile(r"[A-Za-z0-9_-]+")
_CLASS = re.compile(r"(?:\.|\[(?=data-))((?:\\.|[\w-])+)")  # or such an attribute
_CHOICE = re.compile(r":(?:not|is|where|has)\([^()]*\)")  # names classes that an element need not have
_SHORTEST = 4  # signs of a beginning: "m-" would be one of hundreds of names
_ANY = "data-"  # is itself a word of many scripts, and begins every such attribute
_COMMA = re.compile(r",(?![^(]*\))")
_STRING = r"""\"(?:\\.|[^"\\])*\"|'(?:\\.|[^'\\])*'"""
_OWN = re.compile(  # a custom property, whose value may hold strings and (one in another) brackets
    rf"(?<=[{{;])(--[\w-]+):(?:[^;{{}}()\"']|{_STRING}|\((?:[^()\"']|{_STRING}|\([^()\"']*\))*\))*(?:;|(?=\}}))"
)
_READ = re.compile(r"var\(\s*(--[\w-]+)")


def words(root: Path) -> frozenset[str]:
    """Every word that names a class, an attribute or a property where pages of the project in ``root`` come from."""
    texts = ((naming, file.read_text(encoding="utf-8")) for names, naming in KINDS.items() for file in root.glob(names))
    parts = (part for naming, text in texts for found in naming.finditer(text) for part in found.groups("") if part)
    return frozenset(word for part in parts for word in _WORD.findall(part))


def used(css: str, known: Set[str]) -> str:
    """``css`` without what asks for a class or ``data-`` attribute of another name, or is not read; comments stay."""
    beginnings = tuple(word for word in known if word.endswith("-") and len(word) >= _SHORTEST and word != _ANY)

    def stands(name: str) -> bool:
        return name in known or name.startswith(beginnings)

    def asked(selector: str) -> bool:
        return all(map(stands, _classes(selector)))

    return _read("".join(_kept(tinycss2.parse_stylesheet(css, skip_whitespace=True), asked)), stands)


def _read(css: str, stands: Callable[[str], bool]) -> str:
    """Without properties that nothing reads, nor then those which only they had read."""
    read = set(_READ.findall(css))
    left = _OWN.sub(lambda own: own[0] if own[1] in read or stands(own[1]) else "", css)
    return css if left == css else _read(left, stands)


def _kept(rules: Iterable[Any], stands: Callable[[str], bool]) -> Iterator[str]:
    for rule in rules:
        if rule.type == "qualified-rule":
            if some := ",".join(filter(stands, _COMMA.split(tinycss2.serialize(rule.prelude)))):
                yield f"{some}{{{tinycss2.serialize(rule.content)}}}"
        elif rule.type == "at-rule" and rule.lower_at_keyword in GROUPS and rule.content is not None:
            inner = "".join(_kept(tinycss2.parse_rule_list(rule.content, skip_whitespace=True), stands))
            if inner:
                yield f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{inner}}}"
        elif rule.type != "at-rule" or rule.lower_at_keyword != "charset":  # which may only stand first in a file
            yield rule.serialize()


def _classes(selector: str) -> set[str]:
    return {name.replace("\\", "") for name in _CLASS.findall(_CHOICE.sub("", selector))}
