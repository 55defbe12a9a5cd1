"""Tries a filter, or expressions of its own, on lines, by the code of Fail2ban's own ``fail2ban-regex``.

``{"folder", "filter": "sshd[mode=aggressive]" or null, "failregex", "ignoreregex", "lines"}`` on standard input;
on standard output ``{"error": text}``, or the counts of ``fail2ban-regex`` and what became of each line.
"""

import contextlib
import io
import json
import sys

from fail2ban.client import fail2banregex
from fail2ban.client.fail2banregex import Fail2banRegex, RegexStat


def main():
    order = json.load(sys.stdin)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        try:
            told = trial(order)
        except Exception as error:
            told = {"error": f"{type(error).__name__}: {error}"}
    if told is None:
        told = {"error": " ".join(said.getvalue().split())[-600:] or "the filter cannot be read"}
    json.dump(told, sys.stdout, default=str)


def trial(order):
    # As with -r: addresses stay as they stand in the line, and nobody is asked for the name of a host.
    options, _ = fail2banregex.get_opt_parser().parse_args(["-c", order["folder"], "-r", "LOG", "REGEX"])
    tool = Watched(options)
    if not prepared(tool, order):
        return None
    lines = [tool.line(text) for text in order["lines"]]
    stats = tool._line_stats
    return {
        "tested": stats.tested,
        "matched": stats.matched,
        "ignored": stats.ignored,
        "missed": stats.missed,
        "lines": [one for one in lines if one],
        "failregex": [one.getFailRegex() for one in tool._failregex],
        "ignoreregex": [one.getFailRegex() for one in tool._ignoreregex],
    }


def prepared(tool, order):
    if order["filter"]:
        return tool.readRegex(order["filter"], "fail")
    for kind, add in (("fail", tool._filter.addFailRegex), ("ignore", tool._filter.addIgnoreRegex)):
        given = order[f"{kind}regex"]
        setattr(tool, f"_{kind}regex", [RegexStat(text) for text in given])
        for text in given:
            add(text)
    return True


class Watched(Fail2banRegex):
    """Remembers, line by line, what the tool itself only counts."""

    def __init__(self, options):
        super().__init__(options)
        self.found, self.ignored_by = [], None
        look = self._filter.processLine

        def watched(*args, **kwargs):
            self.found = look(*args, **kwargs)
            return self.found

        self._filter.processLine = watched

    def _onIgnoreRegex(self, idx, ignoreRegex):
        super()._onIgnoreRegex(idx, ignoreRegex)
        self.ignored_by = idx

    def line(self, text):
        self.found, self.ignored_by = [], None
        before = self.counts()
        self.process([text])
        tested, matched, ignored = (now - then for now, then in zip(self.counts(), before, strict=True))
        if not tested:
            return None  # empty, or a comment
        outcome = "ignored" if ignored else "matched" if matched else "missed"
        told = {"text": text, "outcome": outcome, "expression": self.ignored_by}
        return told | (caught(self.found[0]) if self.found else {})

    def counts(self):
        return (self._line_stats.tested, self._line_stats.matched, self._line_stats.ignored)


def caught(match):
    number, identity, when, failure = match[:4]
    parts = {name: part for name, part in failure.items() if isinstance(part, str) and part}
    return {
        "expression": number,
        "address": str(identity) if identity else None,
        "user": parts.get("user"),
        "time": float(when) if when else None,
        "parts": parts,
    }


main()
