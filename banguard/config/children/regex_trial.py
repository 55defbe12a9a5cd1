"""Compiles one expression and tries it on lines that were made to hurt it; whoever started this kills it on time.

``{"expression": text, "thorough": true}`` comes on standard input. Printed is ``{"invalid": reason}``, ``{"slow":
line}`` or ``{}``. Without ``thorough`` only what grows exponentially is looked for.

Lines are made from the expression itself: what leads up to each repetition, then what it repeats, over and over,
then something that cannot match, so that an engine that backtracks has to try every way to divide it. They are
tried on ``re``, which is what Fail2ban runs, and on ``regex``, which can be told to stop.
"""

import json
import re
import sys
import time
from re import _constants as kinds
from re import _parser as parser

import regex

ENOUGH = 0.6  # seconds of processor time to try; what did not show by then is not looked for
SLOW = 0.25  # seconds that one line may take
LENGTHS = (24, 40, 200)  # how often a repetition is fed: exponential ones show at once,
THOROUGH = (*LENGTHS, 1_000)  # cubic ones only at 1,000
ENDINGS = ("\x00!", "", "\n\x00")
COMMON = "a0A .-_:/@=\"'\\x,["
TAGS = {
    "HOST": r"(?:(?:::f{4,6}:)?(?:\d{1,3}\.){3}\d{1,3}"
    r"|\[?(?:[0-9a-fA-F]{1,4}::?|::){1,7}(?:[0-9a-fA-F]{1,4}|(?<=:):)\]?|[\w\-.^_]*\w)",
    "SKIPLINES": r"\n(?:.*\n)*?",
}
TAGS |= dict.fromkeys(("ADDR", "IP4", "IP6", "DNS", "SUBNET", "CIDR"), TAGS["HOST"])


def main():
    order = json.load(sys.stdin)
    pattern = expanded(order["expression"])
    try:
        compiled = [re.compile(pattern), regex.compile(pattern)]
        tree = parser.parse(pattern)
    except (re.error, regex.error) as error:
        return {"invalid": str(error)}
    except (OverflowError, RecursionError, MemoryError) as error:
        return {"invalid": f"it is too deep or too big: {type(error).__name__}"}
    started = time.process_time()
    for line in lines_against(tree, pattern, THOROUGH if order["thorough"] else LENGTHS):
        for engine in compiled:
            before = time.process_time()
            engine.search(line)
            if time.process_time() - before > SLOW:
                return {"slow": line[:120]}
        if time.process_time() - started > ENOUGH:
            break
    return {}


def expanded(pattern):
    """The tags of Fail2ban as the groups they stand for."""
    pattern = re.sub(r"<(HOST|ADDR|IP4|IP6|DNS|SUBNET|CIDR|SKIPLINES)>", lambda tag: TAGS[tag[1]], pattern)
    pattern = re.sub(r"<F-[A-Z0-9_\-]+/>", r"(?:\\S+)", pattern)
    pattern = re.sub(r"<(/?)F-([A-Z0-9_\-]+)>", group_of, pattern)
    return re.sub(r"(?<!\\)\((?:\?:)?(\(\?[a-z]+)\)", r"\1:", pattern)  # ((?i)x) becomes (?i:x), as in Fail2ban


def group_of(tag):
    return ")" if tag[1] else f"(?P<{tag[2].lower().replace('-', '_')}>"


def lines_against(tree, pattern, lengths):
    """The worst first: short ones show what is exponential; what grows slower needs length."""
    letters = "".join(dict.fromkeys([*(char for char in pattern if char.isalnum())][:12] + list(COMMON)))
    found = list(repetitions(tree.data, ""))
    for length in lengths:
        for before, body in found:
            bodies = dict.fromkeys(sample(body, pick, letters) for pick in range(4))
            for pump in [one for one in bodies if one]:
                for ending in ENDINGS:
                    yield before + pump * max(2, length // len(pump) if length > 40 else length) + ending
        for before in dict.fromkeys(["", *(before for before, _ in found)]):
            for letter in letters:
                yield before + letter * length + ENDINGS[0]


def repetitions(items, before):
    """(what leads up to it, what is repeated) of every repetition that may go on for long, the inner ones too."""
    for kind, value in items:
        if kind in REPEATS:
            _least, most, body = value
            if most > 6:
                yield before, body.data
            yield from repetitions(body.data, before)
        for part in parts_of(kind, value):
            yield from repetitions(part, before)
        before += sample([(kind, value)], 0, COMMON)
        if kind is kinds.MAX_REPEAT and value[0] == 0 and len(before) > 2_000:
            return
    optional = [item for item in items if item[0] in REPEATS and item[1][1] == 1]
    if len(optional) > 3:  # a long chain of optional parts is a repetition too
        yield "", optional[0][1][2].data


REPEATS = {kinds.MAX_REPEAT, kinds.MIN_REPEAT, getattr(kinds, "POSSESSIVE_REPEAT", None)}


def parts_of(kind, value):
    if kind is kinds.SUBPATTERN:
        return [value[3].data]
    if kind is kinds.BRANCH:
        return [branch.data for branch in value[1]]
    if kind in (kinds.ASSERT, kinds.ASSERT_NOT):
        return [value[1].data]
    if kind is getattr(kinds, "ATOMIC_GROUP", None):
        return [value.data]
    return []


def sample(items, pick, letters):
    """A text that the items match. ``pick`` chooses among branches and characters."""
    return "".join(one(kind, value, pick, letters) for kind, value in items)


def one(kind, value, pick, letters):
    if kind is kinds.LITERAL:
        return chr(value)
    if kind in REPEATS:
        least, _most, body = value
        return sample(body.data, pick, letters) * min(max(least, 1), 50)
    if kind is kinds.BRANCH:
        branches = value[1]
        return sample(branches[pick % len(branches)].data, pick, letters)
    if kind in (kinds.NOT_LITERAL, kinds.ANY, kinds.IN):
        return letter_of(kind, value, pick, letters)
    if kind in (kinds.ASSERT, kinds.ASSERT_NOT):
        return ""
    return "".join(sample(part, pick, letters) for part in parts_of(kind, value))


def letter_of(kind, value, pick, letters):
    if kind is kinds.ANY:
        return letters[pick % len(letters)]
    if kind is kinds.NOT_LITERAL:
        return next(char for char in letters[pick % 3 :] + "bc" if ord(char) != value)
    fitting = [char for char in letters + "bz9" if fits(value, char)]
    if fitting:
        return fitting[pick % len(fitting)]
    return next((chr(part[1]) for part in value if part[0] is kinds.LITERAL), "")


def fits(parts, char):
    negated = parts[0][0] is kinds.NEGATE
    inside = any(fits_one(kind, value, char) for kind, value in parts)
    return inside != negated


def fits_one(kind, value, char):
    if kind is kinds.LITERAL:
        return ord(char) == value
    if kind is kinds.RANGE:
        return value[0] <= ord(char) <= value[1]
    if kind is kinds.CATEGORY:
        return CATEGORIES[value](char)
    return False


CATEGORIES = {
    kinds.CATEGORY_DIGIT: str.isdigit,
    kinds.CATEGORY_NOT_DIGIT: lambda char: not char.isdigit(),
    kinds.CATEGORY_SPACE: str.isspace,
    kinds.CATEGORY_NOT_SPACE: lambda char: not char.isspace(),
    kinds.CATEGORY_WORD: lambda char: char.isalnum() or char == "_",
    kinds.CATEGORY_NOT_WORD: lambda char: not (char.isalnum() or char == "_"),
}

print(json.dumps(main()))
