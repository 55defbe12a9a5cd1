"""Reads a configuration with Fail2ban's own readers and feeds it to Fail2ban's own server, without starting a jail.

``{"folder": ..., "every_jail": false, "feed": true}`` on standard input; on standard output
``{"stream": [command, ...], "findings": [{"jail", "option", "message", "severity"}, ...], "expected": {jail:
{"bantime", "findtime", "maxretry", "actions", "values"}}}``, the last as the server would answer then. It finds what
``fail2ban-client -t`` and ``-d`` let pass and a reload would break on: expressions, times, backends, encodings.
"""

import json
import logging
import os
import re
import sys

from fail2ban.client.configurator import Configurator
from fail2ban.helpers import getLogger
from fail2ban.server.server import Server
from fail2ban.server.transmitter import Transmitter

# These three the server evaluates as Python. So they are read by a grammar before they are fed to anything.
TIMES = {"bantime", "findtime", "bantime.maxtime", "bantime.rndtime", "dbpurgeage"}
_UNITS = "days?|da|dd?|weeks?|wee?|ww?|months?|mon?|years?|yea?|yy?|seconds?|sec?|ss?|minutes?|min?|mm?|hours?|hou?|hh?"
TIME = re.compile(rf"-?\d+|\d+(?:\.\d+)?\s*(?:{_UNITS})(?:\s*\+?\s*\d+(?:\.\d+)?\s*(?:{_UNITS}))*", re.IGNORECASE)
NUMBER = re.compile(r"-?\d+(\.\d+)?")
# What belongs to the running server as a whole; nothing is opened or logged from here.
NOT_FED = {"dbfile", "logtarget", "syslogsocket", "loglevel", "dbmaxmatches", "thread", "allowipv6"}
# What else is looked at in the real server afterwards. Not the encoding: it may come from the environment.
VALUES = ("failregex", "ignoreregex", "prefregex", "ignoreip", "usedns", "maxlines", "maxmatches", "ignorecommand")
VALUES += ("ignoreself", "bantime.increment", "bantime.factor", "bantime.maxtime", "bantime.rndtime")
QUIET = ("Command [", "allowipv6", "Have not found any log file", "No file(s) found")


class Heard(logging.Handler):
    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append((record.levelname, record.getMessage()))


def main():
    order = json.load(sys.stdin)
    heard = Heard()
    logger = getLogger("fail2ban")
    logger.handlers, logger.propagate = [heard], False
    logger.setLevel(logging.WARNING)
    findings, expected = [], {}
    stream = read(order, findings)
    if order["feed"] and stream:
        expected = feed(stream, findings)
    findings += [finding(None, None, text, "warning") for _, text in heard.lines if not text.startswith(QUIET)][:50]
    json.dump({"stream": stream, "findings": findings, "expected": expected}, sys.stdout, default=str)
    sys.stdout.flush()
    os._exit(0)  # the server's threads are not waited for


def read(order, findings):
    configurator = Configurator(force_enable=order["every_jail"])
    try:
        configurator.setBaseDir(order["folder"])
        configurator.readEarly()
        configurator.getEarlyOptions()
        configurator.readAll()
        configurator.getOptions(None, ignoreWrong=True)
        configurator.convertToProtocol(allow_no_files=True)
    except Exception as error:
        findings.append(finding(None, None, f"{type(error).__name__}: {error}"))
        return []
    return configurator.getConfigStream()


def feed(stream, findings):
    transmitter = Transmitter(Server(False))
    for command in stream:
        if command[0] == "config-error":
            named = re.match(r"Jail '([^']*)' skipped", command[1])
            findings.append(finding(named and named[1], None, command[1]))
        elif command[0] == "start" or (len(command) > 2 and command[2] == "addlogpath"):
            continue  # whether a log can be read is for the one who will read it
        elif command[0] == "set" and len(command) == 3:
            if command[1] not in NOT_FED:
                evaluated(None, command[1], command[2], findings)
        elif command[0] == "add" or evaluated(command[1], command[2], command[3], findings):
            refused, answer = transmitter.proceed(list(command))
            if refused:
                option = "backend" if command[0] == "add" else named_option(command)
                told = finding(command[1], option, f"{type(answer).__name__}: {answer}")
                findings.append(told | {"expression": culprit(transmitter, command)})
    return {command[1]: answers(transmitter, command[1]) for command in stream if command[0] == "start"}


def culprit(transmitter, command):
    """Which of several expressions it was, as it is written: what the server quotes has its tags followed."""
    if len(command) < 4 or "regex" not in str(command[2]):
        return None
    several = command[3] if isinstance(command[3], list) else [command[3]]
    for one in several:
        if transmitter.proceed(["set", command[1], command[2], one])[0]:
            return one
    return None


def answers(transmitter, jail):
    asked = {name: transmitter.proceed(["get", jail, name]) for name in ("bantime", "findtime", "maxretry", "actions")}
    rest = {name: transmitter.proceed(["get", jail, name]) for name in VALUES}
    found = {name: answer for name, (refused, answer) in asked.items() if not refused}
    return found | {"values": {name: spelt(answer) for name, (refused, answer) in rest.items() if not refused}}


def spelt(answer):
    return str([str(one) for one in answer]) if isinstance(answer, (list, tuple)) else str(answer)


def evaluated(jail, option, value, findings):
    """Whether the value may be fed to the server: one that it would evaluate has to be a time or a number."""
    text = str(value)
    if option in TIMES and not TIME.fullmatch(text):
        findings.append(finding(jail, option, f"{text[:80]!r} is not a duration, such as 600, 10m or 1d 12h"))
        return False
    if option == "bantime.factor" and not NUMBER.fullmatch(text):
        findings.append(finding(jail, option, f"{text[:80]!r} is not a number"))
        return False
    return True


def named_option(command):
    words = {"addfailregex": "failregex", "addignoreregex": "ignoreregex", "addaction": "action"}
    words |= {"action": "action", "addjournalmatch": "journalmatch", "addignoreip": "ignoreip"}
    return words.get(command[2], command[2])


def finding(jail, option, message, severity="error"):
    return {"jail": jail, "option": option, "message": " ".join(message.split())[:600], "severity": severity}


main()
