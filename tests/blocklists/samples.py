"""A small piece of every kind of feed, as its provider writes it, with the entries that a person reads in it."""

from __future__ import annotations

import gzip
import zipfile
from dataclasses import dataclass
from io import BytesIO

from banguard.blocklists.values import Format


@dataclass(frozen=True)
class Sample:
    """``entries``: addresses, networks and ranges, as they stand there. ``refused``: lines that are no entry."""

    name: str
    text: str
    format: Format
    entries: tuple[str, ...]
    refused: int = 0


def zipped(text: str) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("listed_ip_7.txt", text)
    return file.getvalue()


def gzipped(text: str) -> bytes:
    return gzip.compress(text.encode())


BLOCKLIST_DE = "203.0.113.7\n203.0.113.6\n2001:db8::1\n198.51.100.200\n2001:db8:1::ffff\n"
FIREHOL = """#
# firehol_level1
#
# ipv4 hash:net ipset
# Source File Date: Tue Jul 14 20:45:40 UTC 2026
# Entries        : 4 subnets, 20 unique IPs
#
0.0.0.0/8
1.10.16.0/20
10.0.0.0/8
192.88.99.7
"""
DROP_JSON = """{"cidr":"1.10.16.0/20","sblid":"SBL256894","rir":"apnic"}
{"cidr":"1.19.0.0/16","sblid":"SBL434604","rir":"apnic"}
{"cidr":"2a06:e480::\\/29","sblid":"SBL301771","rir":"ripencc"}
{"type":"metadata","timestamp":1752500000,"size":104,"records":3,"copyright":"(c) 2026","terms":"https://example.org"}
"""
DROP_TEXT = """; Spamhaus DROP List 2026/07/14 - (c) 2026
; https://www.example.org/drop/drop.txt
; Last-Modified: Tue, 14 Jul 2026 20:04:05 GMT
1.10.16.0/20 ; SBL256894
1.19.0.0/16 ; SBL434604
2a06:e480::/29 ; SBL301771
"""
EMERGING = """# Feodo
203.0.113.9

#Spamhaus DROP Nets
1.10.16.0/20
# DShield
45.33.41.0/24
"""
ABUSE_TEXT = "203.0.113.1\n2001:db8::5\n198.51.100.4"
ABUSE_JSON = (
    '{"meta":{"generatedAt":"2026-07-14T20:00:00+00:00"},"data":['
    '{"ipAddress":"203.0.113.1","countryCode":"CN","abuseConfidenceScore":100,"lastReportedAt":"2026-07-14T19:59:59Z"},'
    '{"ipAddress":"2001:db8::5","countryCode":null,"abuseConfidenceScore":100,"lastReportedAt":"2026-07-14T19:59:58Z"}]}'
)
ABUSE_CSV = """ipAddress,countryCode,abuseConfidenceScore,lastReportedAt
203.0.113.1,CN,100,2026-07-14T19:59:59+00:00
2001:db8::5,DE,100,2026-07-14T19:59:58+00:00
"""
MIRROR = "# Number of ips: 2\n#\n203.0.113.1 # CN AS4134 CHINANET\n198.51.100.4 # US AS14061 DIGITALOCEAN\n"
DSHIELD = """#
#   DShield.org Recommended Block List
#   updated: 2026-07-14T20:45:40
#
Start\tEnd\tNetmask\tAttacks\tName\tCountry\temail
45.33.41.0\t45.33.41.255\t24\t579\tAKAMAI-LINODE-AP\tSG\tabuse@example.org
203.0.113.0\t203.0.113.255\t24\t480\t\t\t
"""
TOR_BULK = "185.220.101.1\n185.220.101.2\n185.220.101.3\n"
TOR_EXITS = """ExitNode 0011BD2485AD45D984EC4159C88FC066E5E3300E
Published 2015-07-22 10:09:35
LastStatus 2015-07-22 11:02:47
ExitAddress 162.247.72.201 2015-07-22 11:09:35
ExitNode 00AAAA2485AD45D984EC4159C88FC066E5E3300E
Published 2015-07-22 10:09:36
LastStatus 2015-07-22 11:02:48
ExitAddress 203.0.113.80 2015-07-22 11:09:36
ExitAddress 203.0.113.81 2015-07-22 11:09:37
"""
FEODO_CSV = """################################################################\r
# abuse.ch Feodo Tracker Botnet C2 IP Blocklist (CSV)          #\r
################################################################\r
#\r
"first_seen_utc","dst_ip","dst_port","c2_status","last_online","malware"\r
"2022-06-04 21:24:53","162.243.103.246","8080","offline","2026-03-07","Emotet"\r
"2022-06-05 21:24:53","203.0.113.33","443","online","2026-03-07","QakBot"\r
# END 2 entries\r
"""
FEODO_JSON = """[
  {"ip_address": "162.243.103.246", "port": 8080, "status": "offline", "hostname": null, "as_number": 14061,
   "as_name": "DIGITALOCEAN-ASN", "country": "US", "first_seen": "2022-06-04 21:24:53", "malware": "Emotet"},
  {"ip_address": "203.0.113.33", "port": 443, "status": "online", "hostname": "c2.example", "as_number": 64500,
   "as_name": "EXAMPLE", "country": "DE", "first_seen": "2022-06-05 21:24:53", "malware": "QakBot"}
]
"""
FEODO_TEXT = "#####\r\n# Feodo Tracker\r\n#####\r\n162.243.103.246\r\n203.0.113.33\r\n# END 2 entries\r\n"
BANNED_IPS = "203.0.113.1,203.0.113.2,198.51.100.4,192.88.99.9"
TOXIC = "203.0.113.0/25\n203.0.113.128/25\n198.51.100.0/30\n"
IPSUM = "# IPsum Threat Intelligence Feed\n# Last update: Tue, 14 Jul 2026\n#\n203.0.113.1\t9\n198.51.100.4\t8\n"
BRUTEFORCE = """# IP\t\t\t# Last Reported\t\t\tCount\tID
77.91.122.9\t\t# 2026-09-29 12:02:10\t\t26\t2855073
203.0.113.4\t\t# 2026-09-29 11:02:10\t\t3\t2855074
"""
BINARY_DEFENSE = "#\n# Artillery Threat Intelligence Feed\n#\n\n203.0.113.4\n198.51.100.9\n"
TURRIS = """# For the terms of use see https://example.org/greylist
Address,Tags
203.0.113.4,"smtp,telnet"
2001:db8::4,http
198.51.100.7,ftp
"""
IPTHREAT = "# threats of 30 or more\n203.0.113.5\n198.51.100.16 - 198.51.100.31 # a scanner\n"
UCEPROTECT = """$SOA 900 dnsbl.example.org. hostmaster.example.org. 0 600 300 86400 300
$NS 1800 ns1.example.org
:127.0.0.2:Net $ is listed, see https://example.org/?ip=$
203.0.113.4
198.51.100.0/24
"""
IBLOCKLIST = """# List distributed by example
Some university: of nowhere:203.0.113.4-203.0.113.5
Bogus 10.1.2.3 in a name:198.51.100.0-198.51.100.255
"""
HOSTS_DENY = """# /etc/hosts.deny
ALL: 203.0.113.4
sshd: 198.51.100.
sshd, vsftpd : 192.88.99.0/255.255.255.0 : spawn (echo refused)
ALL: [2001:db8::]/32
ALL EXCEPT sshd: 203.0.113.99
"""
NGINX = "# nginx\ndeny 203.0.113.4;\ndeny 2001:db8::/32; # note\n  deny 198.51.100.0/24;\nallow 192.0.2.1;\n"
APACHE = """Order Allow,Deny
Allow from all
Deny from 203.0.113.4
Deny from 198.51.100
Require not ip 2001:db8::/32
<RequireAll>
Require all granted
Require not ip 192.88.99.1 192.88.99.2
</RequireAll>
"""
IPSET = """create blocked hash:net family inet hashsize 1024 maxelem 65536
add blocked 203.0.113.4
add blocked 198.51.100.0/24 timeout 600
-A blocked 192.88.99.1
add blocked 198.51.100.7 nomatch
"""
SURICATA = """# Emerging Threats
alert ip [203.0.113.4,198.51.100.0/24] any -> $HOME_NET any (msg:"ET 3CORESec"; sid:2525000; rev:1;)
drop tcp 192.88.99.1 any -> $HOME_NET 22 (msg:"Seen with 10.9.8.7"; sid:2525001;)
pass ip 192.0.2.1 any -> $HOME_NET any (msg:"a friend"; sid:1;)
"""
PIX = """! PIX
access-list ET-all deny ip host 203.0.113.4 any
access-list ET-all deny ip 198.51.100.0 255.255.255.0 any
access-list ET-all permit ip any any
"""

SAMPLES = (
    Sample(
        "blocklist.de", BLOCKLIST_DE, Format.PLAIN,
        ("203.0.113.7", "203.0.113.6", "2001:db8::1", "198.51.100.200", "2001:db8:1::ffff"),
    ),
    Sample("FireHOL", FIREHOL, Format.PLAIN, ("0.0.0.0/8", "1.10.16.0/20", "10.0.0.0/8", "192.88.99.7")),
    Sample("Spamhaus JSON", DROP_JSON, Format.JSON, ("1.10.16.0/20", "1.19.0.0/16", "2a06:e480::/29")),
    Sample("Spamhaus text", DROP_TEXT, Format.PLAIN, ("1.10.16.0/20", "1.19.0.0/16", "2a06:e480::/29")),
    Sample("Emerging Threats", EMERGING, Format.PLAIN, ("203.0.113.9", "1.10.16.0/20", "45.33.41.0/24")),
    Sample("AbuseIPDB text", ABUSE_TEXT, Format.PLAIN, ("203.0.113.1", "2001:db8::5", "198.51.100.4")),
    Sample("AbuseIPDB JSON", ABUSE_JSON, Format.JSON, ("203.0.113.1", "2001:db8::5")),
    Sample("AbuseIPDB CSV", ABUSE_CSV, Format.CSV, ("203.0.113.1", "2001:db8::5")),
    Sample("a mirror of AbuseIPDB", MIRROR, Format.PLAIN, ("203.0.113.1", "198.51.100.4")),
    Sample(
        "DShield", DSHIELD, Format.DSHIELD, ("45.33.41.0-45.33.41.255", "203.0.113.0-203.0.113.255"),
    ),
    Sample("Tor, bulk", TOR_BULK, Format.PLAIN, ("185.220.101.1", "185.220.101.2", "185.220.101.3")),
    Sample("Tor, exits", TOR_EXITS, Format.TOR, ("162.247.72.201", "203.0.113.80", "203.0.113.81")),
    Sample("Feodo CSV", FEODO_CSV, Format.CSV, ("162.243.103.246", "203.0.113.33")),
    Sample("Feodo JSON", FEODO_JSON, Format.JSON, ("162.243.103.246", "203.0.113.33")),
    Sample("Feodo text", FEODO_TEXT, Format.PLAIN, ("162.243.103.246", "203.0.113.33")),
    Sample(
        "StopForumSpam, in one line", BANNED_IPS, Format.COMMAS,
        ("203.0.113.1", "203.0.113.2", "198.51.100.4", "192.88.99.9"),
    ),
    Sample("StopForumSpam, toxic", TOXIC, Format.PLAIN, ("203.0.113.0/25", "203.0.113.128/25", "198.51.100.0/30")),
    Sample("ipsum", IPSUM, Format.PLAIN, ("203.0.113.1", "198.51.100.4")),
    Sample("BruteforceBlocker", BRUTEFORCE, Format.PLAIN, ("77.91.122.9", "203.0.113.4")),
    Sample("Binary Defense", BINARY_DEFENSE, Format.PLAIN, ("203.0.113.4", "198.51.100.9")),
    Sample("Turris", TURRIS, Format.CSV, ("203.0.113.4", "2001:db8::4", "198.51.100.7")),
    Sample("ipthreat", IPTHREAT, Format.PLAIN, ("203.0.113.5", "198.51.100.16-198.51.100.31")),
    Sample("UCEPROTECT", UCEPROTECT, Format.RBLDNSD, ("203.0.113.4", "198.51.100.0/24")),
    Sample(
        "iblocklist", IBLOCKLIST, Format.P2P, ("203.0.113.4-203.0.113.5", "198.51.100.0-198.51.100.255"),
    ),
    Sample(
        "hosts.deny", HOSTS_DENY, Format.HOSTS_DENY,
        ("203.0.113.4", "198.51.100.0/24", "192.88.99.0/24", "2001:db8::/32"), refused=1,
    ),
    Sample("nginx", NGINX, Format.NGINX, ("203.0.113.4", "2001:db8::/32", "198.51.100.0/24"), refused=1),
    Sample(
        "Apache", APACHE, Format.APACHE,
        ("203.0.113.4", "198.51.100.0/24", "2001:db8::/32", "192.88.99.1", "192.88.99.2"),
    ),
    Sample("ipset", IPSET, Format.IPSET, ("203.0.113.4", "198.51.100.0/24", "192.88.99.1"), refused=1),
    Sample("Suricata", SURICATA, Format.SURICATA, ("203.0.113.4", "198.51.100.0/24", "192.88.99.1"), refused=1),
    Sample("PIX", PIX, Format.CISCO, ("203.0.113.4", "198.51.100.0/24"), refused=1),
)  # fmt: skip
