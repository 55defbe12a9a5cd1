"""The regex lab: expressions and filters on lines, and the samples that a filter has to keep right."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from banguard.accounts import services as accounts
from banguard.agent.config_verbs import Change, Tried
from banguard.config import lab, selectors
from banguard.config.models import Sample
from banguard.core.errors import InvalidInput, NotFound
from banguard.servers import services as servers

MAX_LINES = 5_000
MAX_LINE = 8_192  # characters
MAX_SAMPLES = 200  # of one filter
TAIL = 200  # lines of each of a jail's logs
_OPTION = re.compile(r"""([A-Za-z0-9_\-]+)\s*=\s*("[^"]*"|'[^']*'|[^,]*)""")


def try_expressions(*, failregex: Sequence[str], ignoreregex: Sequence[str], lines: Sequence[str]) -> Tried:
    """What becomes of each line. Raises ``RegexTooLong``, ``RegexInvalid`` or ``RegexTimeout``."""
    agent = servers.agent_of(server=servers.local())
    lab.check([*failregex, *ignoreregex], agent.ships_expression)
    _refuse_long(lines)
    return agent.try_filter(failregex=tuple(failregex), ignoreregex=tuple(ignoreregex), lines=tuple(lines))


def try_filter(
    *, name: str, lines: Sequence[str], options: Mapping[str, str] | None = None, changes: Sequence[Change] = ()
) -> Tried:
    """The same for a filter as a whole, by Fail2ban's own tool. ``changes`` to files count for this alone."""
    _refuse_long(lines)
    agent = servers.agent_of(server=servers.local())
    return agent.try_filter(filter=name, options=dict(options or {}), lines=tuple(lines), changes=tuple(changes))


def tail_of(*, jail: str) -> list[str]:
    """The last lines of what a jail watches. Raises ``InvalidInput`` when none of it can be read."""
    watched = selectors.watched(name=jail, lines=TAIL)
    lines = [line for log in watched for line in log.lines]
    if not lines:
        reason = next((log.problem for log in watched if log.problem), "Its logs are empty.")
        raise InvalidInput(f"The jail {jail} has no lines to try: {reason}", jail=jail)
    return lines


def filter_of(*, jail: str) -> tuple[str, dict[str, str]]:
    """The name of a jail's filter, and the options that the jail gives it."""
    name, _, options = selectors.jail(name=jail).filter.strip().partition("[")
    if not name:
        raise InvalidInput(f"The jail {jail} has no filter of its own.", jail=jail)
    return name, {option: value.strip(" \"'") for option, value in _OPTION.findall(options.rstrip("]"))}


def keep_sample(*, name: str, line: str, must_match: bool, author: str) -> Sample:
    """From now on no change of the filter may break it. Keeping a line again changes what it must do."""
    if name not in selectors.names().filters:
        raise NotFound(f"There is no filter “{name[:80]}”.", filter=name[:80])
    if not line.strip() or len(line) > MAX_LINE or set(line) & set("\n\r\x00"):
        raise InvalidInput(f"A sample is one line of at most {MAX_LINE} characters.", fields={"line": "not one line"})
    if Sample.objects.filter(filter=name).exclude(line=line).count() >= MAX_SAMPLES:
        raise InvalidInput(f"A filter keeps at most {MAX_SAMPLES} samples.")
    wanted = {"must_match": must_match, "author": author[:150]}
    with accounts.told(action="sample.keep", target=name) as change:
        change.after = {"line": line, "must_match": must_match}
        return Sample.objects.update_or_create(filter=name, line=line, defaults=wanted)[0]


def forget_sample(*, sample_id: int) -> str:
    """Returns the filter it belonged to. Raises ``NotFound``."""
    found = Sample.objects.filter(pk=sample_id).first()
    if found is None:
        raise NotFound("This sample is gone.")
    with accounts.told(action="sample.forget", target=found.filter, before={"line": found.line}):
        found.delete()
    return found.filter


def broken_samples(*, name: str, changes: Sequence[Change]) -> list[Sample]:
    """Samples that the filter would get wrong once ``changes`` are made. Each is tried by itself."""
    samples = list(selectors.samples(name=name))
    if not samples:
        return []
    tried = try_filter(name=name, lines=[sample.line for sample in samples], changes=changes)
    outcomes = {line.text: line.outcome == "matched" for line in tried.lines}
    return [sample for sample in samples if outcomes.get(sample.line, False) != sample.must_match]


def _refuse_long(lines: Sequence[str]) -> None:
    if len(lines) > MAX_LINES or any(len(line) > MAX_LINE for line in lines):
        raise InvalidInput(f"At most {MAX_LINES} lines of {MAX_LINE} characters are tried at once.")
