"""Finding out how a list is written, from its beginning."""

from __future__ import annotations

import re

from banguard.blocklists.parse import tables
from banguard.blocklists.parse.tables import LOOKED_AT, is_entry, is_head
from banguard.blocklists.values import Format

_FOUR = r"(?:\d{1,3}\.){3}\d{1,3}"

_ZONE = re.compile(r"\$(?:SOA|NS|TTL|TIMESTAMP|MAXRANGE4)\b|:\d+(?:\.\d+)*:")

# What a line of each looks like. The first that fits half of the lines is it.
LOOKS: dict[Format, re.Pattern[str]] = {
    Format.SURICATA: re.compile(r"(?:alert|drop|reject\w*|pass|log)\s+[\w\-]+\s+(?:\[|!|\$|[\d.]+)"),
    Format.NGINX: re.compile(r"(?:deny|allow)\s+[\w.:/]+\s*;", re.IGNORECASE),
    Format.APACHE: re.compile(
        r"(?:deny|allow)\s+from\s|require\s+(?:not\s+)?(?:ip|all)\s|</?(?:Limit|Require|Files|Directory|If)|order\s",
        re.IGNORECASE,
    ),
    Format.IPSET: re.compile(r"(?:create|add|-A|-N)\s+\S+\s+\S+"),
    Format.CISCO: re.compile(r"(?:ip\s+)?access-list\s|(?:\d+\s+)?(?:deny|permit)\s+(?:ip|tcp|udp|host)\s|shun\s"),
    Format.TOR: re.compile(r"(?:ExitNode|Published|LastStatus|ExitAddress)\s"),
    Format.DSHIELD: re.compile(rf"(?:{_FOUR}\t{_FOUR}\t\d+(?:\t|$))|Start\tEnd\t", re.IGNORECASE),
    Format.P2P: re.compile(rf".*:\s*{_FOUR}\s*-\s*{_FOUR}\s*$"),
    Format.HOSTS_DENY: re.compile(r"[A-Za-z][\w.\-]*(?:[\s,]+[A-Za-z][\w.\-]*)*\s*:\s+\S"),
}


def format_of(head: str, *, whole: bool) -> Format:
    """``head``: the beginning; ``whole``: it is all."""
    if head.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        return Format.JSON
    lines = [line.strip() for line in head.splitlines()[: 4 * LOOKED_AT]]
    lines = [line for line in lines if line and not line.startswith(("#", ";", "//"))][:LOOKED_AT]
    if any(_ZONE.match(line) for line in lines):
        return Format.RBLDNSD
    if _is_one_long_row(lines, whole=whole):
        return Format.COMMAS
    for written, looks in LOOKS.items():
        fits = sum(bool(looks.match(line)) for line in lines)
        if fits and 2 * fits >= len(lines):
            return written
    return Format.CSV if _is_table(lines) else Format.PLAIN


def _is_one_long_row(lines: list[str], *, whole: bool) -> bool:
    """One line, or a beginning without an end of line: entries with commas between them, and nothing else."""
    if len(lines) != 1 or "," not in lines[0]:
        return False
    cells = [cell.strip() for cell in lines[0].split(",")]
    some = cells[:20] if whole else cells[:20][:-1] or cells[:1]
    return len(some) > 1 and all(is_entry(cell) for cell in some if cell)


def _is_table(lines: list[str]) -> bool:
    """Columns with names, or whose first column is no address while another is."""
    delimiter = tables.delimiter_of(lines)
    rows = [[cell.strip().strip('"') for cell in line.split(delimiter)] for line in lines if delimiter in line]
    if not rows or 2 * len(rows) < len(lines):
        return False
    behind = sum(not is_entry(row[0]) and any(map(is_entry, row[1:])) for row in rows)
    return is_head(rows[0]) or 2 * behind > len(rows)
