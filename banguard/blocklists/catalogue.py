"""Well-known public feeds to pick from. Their terms are the providers': read them before you subscribe.

Names, formats and intervals are as the providers describe them; nothing is fetched before somebody asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

from banguard.blocklists.values import Format

MINUTES, HOURS, DAYS = 60, 3_600, 86_400


@dataclass(frozen=True)
class Feed:
    """``min_interval``: seconds that the provider wants between two requests; ``size``: about how many entries.

    ``name``, where it holds words, ``licence``, ``size`` and ``about`` are marked for translation; a page says them in
    the person's language.
    """

    slug: str
    name: str
    url: str
    format: Format
    licence: str
    min_interval: int
    size: str
    about: str
    schedule: str = "17 */6 * * *"
    may_be_empty: bool = False
    key_header: str = ""  # the header that a key of one's own goes into


CATALOGUE: tuple[Feed, ...] = (
    Feed(
        "spamhaus-drop", "Spamhaus DROP", "https://www.spamhaus.org/drop/drop_v4.json", Format.JSON,
        _("free with attribution"), HOURS, _("1,700 networks"),
        _("Networks that criminals run whole. Hardly ever wrong: a good first list."), "17 4 * * *",
    ),
    Feed(
        "spamhaus-dropv6", "Spamhaus DROP, IPv6", "https://www.spamhaus.org/drop/drop_v6.json", Format.JSON,
        _("free with attribution"), HOURS, _("90 networks"), _("The same for IPv6."), "19 4 * * *",
    ),
    Feed(
        "blocklist-de", _("blocklist.de, all"), "https://lists.blocklist.de/lists/all.txt", Format.PLAIN,
        _("free"), 30 * MINUTES, _("25,000 addresses"),
        _("Who attacked the servers of its members in the last 48 hours, found with Fail2ban."), "every 2h",
    ),
    Feed(
        "blocklist-de-ssh", "blocklist.de, SSH", "https://lists.blocklist.de/lists/ssh.txt", Format.PLAIN,
        _("free"), 30 * MINUTES, _("10,000 addresses"), _("Of those, the ones that tried SSH."), "every 2h",
    ),
    Feed(
        "blocklist-de-strong", _("blocklist.de, strong"), "https://lists.blocklist.de/lists/strongips.txt",
        Format.PLAIN,
        _("free"), 30 * MINUTES, _("400 addresses"),
        _("Of those, the most persistent: small enough for Fail2ban's jail."),
    ),
    Feed(
        "firehol-level1", _("FireHOL level 1"), "https://iplists.firehol.org/files/firehol_level1.netset", Format.PLAIN,
        _("of each list in it"), HOURS, _("4,700 networks"),
        _("A careful selection of others. It holds private networks, which are never blocked here."),
    ),
    Feed(
        "et-compromised", _("Emerging Threats, compromised"),
        "https://rules.emergingthreats.net/blockrules/compromised-ips.txt", Format.PLAIN,
        "BSD-3-Clause", DAYS, _("600 addresses"), _("Hosts that are known to be taken over."), "23 5 * * *",
    ),
    Feed(
        "abuseipdb", "AbuseIPDB", "https://api.abuseipdb.com/api/v2/blacklist", Format.JSON,
        _("by account"), 5 * HOURS, _("10,000 addresses"),
        _("What its users report most. Needs a key of your own; free accounts may ask five times a day."),
        "29 */6 * * *", key_header="Key",
    ),
    Feed(
        "dshield", "DShield", "https://feeds.dshield.org/block.txt", Format.DSHIELD,
        "CC BY-NC-SA", HOURS, _("20 networks"), _("The twenty networks that attack most sensors just now."), "every 3h",
    ),
    Feed(
        "tor-exits", _("Tor exits"), "https://check.torproject.org/torbulkexitlist", Format.PLAIN,
        _("free"), HOURS, _("1,300 addresses"),
        _("Where Tor leaves to the internet. People use it too: block it only where nobody needs it."),
    ),
    Feed(
        "feodo", "Feodo Tracker", "https://feodotracker.abuse.ch/downloads/ipblocklist.csv", Format.CSV,
        "CC0", 5 * MINUTES, _("0 to 5 addresses"),
        _("Servers that command botnets. Often empty, which is normal."), may_be_empty=True,
    ),
    Feed(
        "stopforumspam-7", _("StopForumSpam, 7 days"), "https://www.stopforumspam.com/downloads/listed_ip_7.zip",
        Format.PLAIN, _("by its terms of use"), DAYS, _("14,000 addresses"),
        _("Who spammed forums this week."), "31 5 * * *",
    ),
    Feed(
        "cins", "CINS Army", "https://cinsscore.com/list/ci-badguys.txt", Format.PLAIN,
        _("free"), HOURS, _("15,000 addresses"), _("The worst that the sensors of Sentinel IPS see."),
    ),
    Feed(
        "greensnow", "GreenSnow", "https://blocklist.greensnow.co/greensnow.txt", Format.PLAIN,
        _("not to be passed on"), HOURS, _("5,000 addresses"), _("Scans and guesses of passwords, of the last days."),
    ),
    Feed(
        "ipsum-3", _("ipsum, level 3"), "https://raw.githubusercontent.com/stamparm/ipsum/master/levels/3.txt",
        Format.PLAIN, "Unlicense", DAYS, _("14,000 addresses"),
        _("Addresses that stand on three other lists or more: seldom wrong."), "37 5 * * *",
    ),
    Feed(
        "ipsum", _("ipsum, all"), "https://raw.githubusercontent.com/stamparm/ipsum/master/ipsum.txt", Format.PLAIN,
        "Unlicense", DAYS, _("120,000 addresses"),
        _("Addresses on one other list or more. Many, so for the kernel's sets; some are wrong."), "41 5 * * *",
    ),
    Feed(
        "binary-defense", "Binary Defense", "https://www.binarydefense.com/banlist.txt", Format.PLAIN,
        _("not for resale"), HOURS, _("5,000 addresses"), _("What its honeypots see."),
    ),
    Feed(
        "turris", _("Turris greylist"), "https://view.sentinel.turris.cz/greylist-data/greylist-latest.csv", Format.CSV,
        "CC BY-NC-SA", DAYS, _("7,000 addresses"),
        _("What routers of Turris see from outside, IPv6 too."), "43 5 * * *",
    ),
)  # fmt: skip

BY_SLUG = {feed.slug: feed for feed in CATALOGUE}
