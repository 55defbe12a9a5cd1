"""What is wrong with a change, by everybody who can tell: our rules, the regex lab, Fail2ban itself, the samples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from banguard.agent.client import AgentCalls
from banguard.agent.config_verbs import Change, Checked, encoded
from banguard.config import lab, selectors, validate
from banguard.config.draft import digest_of
from banguard.config.services import trying
from banguard.config.values import Doing, Effect, Finding, Severity
from banguard.core.errors import BanGuardError, InvalidInput

MOST_RESOLVED = 60  # expressions that are looked at again with every reference followed


class Judged:
    """A change and what was found. The costly ones are only asked while nobody cheaper has refused it."""

    def __init__(self, agent: AgentCalls, path: str, content: bytes | None, before: bytes | None) -> None:
        self.findings: list[Finding] = []
        self.effects: list[Effect] = []
        self.effective = ""
        self._agent, self._path, self._content, self._before = agent, path, content, before

    @property
    def refused(self) -> bool:
        return any(one.severity == Severity.ERROR for one in self.findings)

    def whole(self) -> Judged:
        """Everybody is asked. Raises what the agent raises."""
        self.findings += validate.findings(self._path, self._content, self._before)
        if not self.refused:
            self.findings += self._of_lab()
        if self.refused:
            return self
        checked = self._agent.config_check([self._change])
        self.findings += [_finding(found) for found in checked.found]
        self.effective = checked.effective
        self.effects = list(_effects(checked, _bans(self._agent)))
        if not self.refused:
            self.findings += self._of_resolved(checked)
        if not self.refused:
            self.findings += self._of_samples()
        return self

    @property
    def _change(self) -> Change:
        return change_of(self._path, self._content, self._before)

    def _of_lab(self) -> Iterator[Finding]:
        """Ends with the first that is refused, since each may take its two seconds."""
        new = validate.expressions(self._content, self._before)
        if len(new) > validate.MAX_EXPRESSIONS:
            limit = validate.MAX_EXPRESSIONS
            yield Finding(Severity.ERROR, f"These are more than {limit} new expressions at once.", self._path)
            return
        for line, option, expression in new:
            try:
                lab.check([expression], self._agent.ships_expression)
            except InvalidInput as error:
                yield Finding(Severity.ERROR, error.message, self._path, line, option)
                return

    def _of_resolved(self, checked: Checked) -> Iterator[Finding]:
        """What a reference brings into an expression, what stands in the option that it leads to, or what a jail
        gives its filter: ``filter = sshd[mode=…]`` becomes a part of one, whatever it is."""
        if not self._path.startswith(("filter.d/", "jail.d/")):
            return
        known = {expression for _, _, expression in validate.expressions(self._content, self._before)}
        new = [one for one in checked.expressions if one not in known and not self._agent.ships_expression(one)]
        for expression in new[:MOST_RESOLVED]:
            try:
                lab.check_one(expression, lambda _: False, thorough=False)
            except InvalidInput as error:
                yield Finding(Severity.ERROR, f"{error.message} It comes to: {expression[:200]}", self._path)
                return

    def _of_samples(self) -> Iterator[Finding]:
        """Filters include each other, so all samples are tried."""
        if not self._path.startswith("filter.d/"):
            return
        for name in selectors.filters_with_samples():
            for sample in trying.broken_samples(name=name, changes=[self._change]):
                must = "is no longer matched" if sample.must_match else "is matched now"
                message = f"A sample of the filter {name} {must}: {sample.line[:300]}"
                yield Finding(Severity.ERROR, message, self._path, None, "failregex")


def change_of(path: str, content: bytes | None, before: bytes | None) -> Change:
    """As the agent takes it. Raises ``InvalidInput`` for what it would not."""
    try:
        return Change.model_validate({"path": path, "content": encoded(content), "before": digest_of(before)})
    except ValueError as error:
        raise InvalidInput(f"{path[:100]} cannot be changed like this.", path=path[:100]) from error


def _finding(found: object) -> Finding:
    values: Mapping[str, object] = found.model_dump()  # type: ignore[attr-defined]
    return Finding(**values)  # type: ignore[arg-type]


def _bans(agent: AgentCalls) -> dict[str, int]:
    """What each running jail holds; nothing is known of a server that does not answer."""
    try:
        return {jail.name: jail.banned_current for jail in agent.status().jails}
    except BanGuardError:
        return {}


def _effects(checked: Checked, bans: Mapping[str, int]) -> Iterator[Effect]:
    for jail in sorted({*checked.touched, *checked.stopped}):
        doing = Doing.STOP if jail in checked.stopped else Doing.START
        if doing == Doing.START and jail in bans:
            doing = Doing.RESTART if jail in checked.restarted else Doing.RELOAD
        yield Effect(jail, doing, bans.get(jail, 0))
