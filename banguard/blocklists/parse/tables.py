"""Tables: commas, semicolons, tabs or bars between columns, of which one holds addresses, or two a range."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from banguard.blocklists.parse import entry
from banguard.blocklists.parse.reading import Found, Unread
from banguard.core.errors import FeedUnreadable
from banguard.core.networks import WIDEST

NAMES = (
    *("ip", "ip_address", "ipaddress", "address", "addr", "dst_ip", "src_ip", "host_ip", "source_ip", "attacker"),
    *("cidr", "network", "netblock", "prefix", "subnet", "ip_prefix", "ip_range", "ipv4", "ipv6"),
)
DELIMITERS = ",;\t|"
LOOKED_AT = 50  # lines


def found(file: Iterable[str], column: str) -> Iterator[Found]:
    """Every entry of the ``column`` (by number from 1, ``1-2`` for a range's ends, or by name; empty: look for it)."""
    lines = iter(file)
    first = list(islice(lines, LOOKED_AT))
    delimiter = delimiter_of(first)
    columns = _columns(first, delimiter, column)
    for number, line in enumerate(chain(first, lines), 1):
        if not line.strip() or line.lstrip().startswith(("#", "//")):
            yield number, None
            continue
        cells = _cells(line, delimiter)
        if number <= LOOKED_AT and is_head(cells):
            yield number, None
        elif len(cells) < max(columns):
            yield number, Unread(line, ValueError(f"it has no column {max(columns)}"))
        else:
            yield number, "-".join(cells[at - 1] for at in columns)


def ranges_found(file: Iterable[str]) -> Iterator[Found]:
    """DShield's table: first address, last address, prefix length, separated by tabs; its own heading is no row."""
    for number, line in enumerate(file, 1):
        cells = line.split("\t")
        if not line.strip() or line.startswith("#") or cells[0].strip().lower() == "start":
            yield number, None
        elif len(cells) < 2:
            yield number, Unread(line, ValueError("it has no two addresses"))
        else:
            yield number, f"{cells[0].strip()}-{cells[1].strip()}"


def delimiter_of(lines: Sequence[str]) -> str:
    """The sign that most lines have, most often."""
    rows = [line for line in lines if line.strip() and not line.startswith("#")]
    return max(
        DELIMITERS, key=lambda sign: (sum(sign in line for line in rows), sum(line.count(sign) for line in rows))
    )


def is_head(cells: Sequence[str]) -> bool:
    """Whether these are the names of columns: one of them is a known one, and none is an address."""
    return any(cell.lower() in NAMES for cell in cells) and not any(map(is_entry, cells))


def is_entry(text: str) -> bool:
    try:
        entry.read(text, WIDEST)
    except ValueError:
        return False
    return True


def _columns(first: Sequence[str], delimiter: str, column: str) -> list[int]:
    parts = column.split("-") if column else []
    if parts and all(part.strip().isdecimal() and 1 <= int(part) <= 1_000 for part in parts):
        return [int(part) for part in parts]
    heads = [_cells(line.lstrip("# "), delimiter) for line in first]
    names = (column.lower(),) if column else NAMES
    for cells in heads:
        for name in names:
            lowered = [cell.lower() for cell in cells]
            if name in lowered and not any(map(is_entry, cells)):
                return [lowered.index(name) + 1]
    if column:
        raise FeedUnreadable(f"The table has no column “{column}”.", column=column)
    return [_fullest([cells for cells, line in zip(heads, first, strict=True) if not line.startswith("#")])]


def _fullest(rows: Sequence[Sequence[str]]) -> int:
    """The column that holds most addresses."""
    width = max((len(cells) for cells in rows), default=0)
    counts = [sum(len(cells) > at and is_entry(cells[at]) for cells in rows) for at in range(min(width, 100))]
    if not any(counts):
        raise FeedUnreadable("No column of the table holds addresses. Name the one that does.")
    return counts.index(max(counts)) + 1


def _cells(line: str, delimiter: str) -> list[str]:
    """Each line by itself: a quote that is never closed must not swallow the lines below."""
    try:
        return [cell.strip() for cell in next(csv.reader((line,), delimiter=delimiter, skipinitialspace=True), [])]
    except csv.Error:
        return [cell.strip().strip('"') for cell in line.split(delimiter)]
