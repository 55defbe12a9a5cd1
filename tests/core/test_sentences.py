"""What errors say is told on pages in the person's language, with what they name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation import override

from banguard.core.sentences import SENTENCES, VALUE, _shapes, for_people
from banguard.envtypes import ROOT

OURS = ROOT / "banguard"
TABLES = {"sentences.py", "machine_sentences.py"}


def said(path: Path) -> Iterator[str]:
    """Every text of a module; ``{}`` stands for what is filled in."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)


def test_each_sentence_of_the_table_is_one_that_is_said() -> None:
    modules = [path for path in OURS.rglob("*.py") if path.name not in TABLES]
    known = {text for path in modules for text in said(path)}
    assert [sentence for sentence in SENTENCES if VALUE.sub("{}", sentence).replace("%%", "%") not in known] == []
    assert len(set(SENTENCES)) == len(SENTENCES)


def test_none_holds_a_sign_that_filling_in_would_stumble_over() -> None:
    assert [sentence for sentence in SENTENCES if "%" in VALUE.sub("", sentence).replace("%%", "")] == []


@pytest.mark.parametrize(
    ("text", "german"),
    [
        ("There is no ban with this id.", "Es gibt keine Sperre mit dieser Nummer."),
        ("'zzz' is not an address or a network.", "'zzz' ist keine Adresse und kein Netz."),
        (
            "10.0.0.0/8 may not be blocked: protected: x. A ban by hand is not split around it.",
            "10.0.0.0/8 darf nicht gesperrt werden: geschützt: x. Eine Sperre von Hand wird nicht darum herum geteilt.",
        ),
        (
            "203.0.113.7 may not be blocked: 203.0.113.7 is where you are calling from.",
            "203.0.113.7 darf nicht gesperrt werden: von 203.0.113.7 rufen Sie selbst an.",
        ),
        ("ipset: %(never)s heard of it", "ipset: %(never)s heard of it"),
        ("x" * 100_000, "x" * 100_000),
    ],
)
def test_a_sentence_is_told_with_what_it_names(text: str, german: str) -> None:
    with override("de"):
        assert for_people(text) == german
    with override("en"):
        assert for_people(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "The agent on /run/banguard/agent.sock does not answer: no such socket.",
        "Fail2ban does not answer on /run/fail2ban.sock: permission denied.",
        "Fail2ban refused: Invalid command (no get action or not yet implemented)",
        "Fail2ban runs no jail named 'sshd'.",
        "BanGuard's agent may not change the firewall: nft -f -: Error: Operation not permitted",
        "nft -f - ended with 1: Error: No such file or directory",
        "The set banguard4 holds 7 networks instead of 9.",
        "The list shrank by 60 %: it holds 4 networks, and lately held 10; the limit is 50 %.",
        "The change was not made: Fail2ban refused to reload: no",
    ],
)
def test_what_the_guarded_machine_says_has_a_sentence_and_keeps_its_own_words(text: str) -> None:
    found = [shape.fullmatch(text) for _sentence, shape in _shapes()]
    first = next(match for match in found if match)
    assert first.re.groups >= 1
    with override("xx"):
        assert for_people(text) == text
