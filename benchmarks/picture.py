"""The dashboard's picture: a whole BanGuard whose Fail2ban bans attackers' addresses of real feeds by itself."""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_network
from itertools import pairwise
from pathlib import Path

import requests

from banguard.machine import say
from banguard.machine.errors import CannotGoOn
from benchmarks.figures import Figures, from_here
from benchmarks.looking.browser import browser, started
from benchmarks.picturing import past, services
from benchmarks.picturing.api import Api
from benchmarks.soaking.house import House, house, sign_in
from benchmarks.soaking.load import served

WHERE = Path("Docs/images/dashboard.png")
PAGE = "/?range=30d"
WIDTH = 1280
SEED = 7
BATCHES, LAST = 30, 15
MARGIN = 20  # pixels below the map
UNDER_WAY = {"queued", "running"}
DRAWN_MS = 3_000  # charts, the map, and its flags
PATIENCE = 300.0  # seconds


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("feeds", nargs="+", type=Path, metavar="FEED", help="a file with an address or network a line")
    parser.add_argument("--to", type=Path, default=WHERE, metavar="PNG", help=f"where the picture goes ({WHERE})")
    parser.add_argument("--attackers", type=int, default=240, help="addresses that attack while it runs (240)")
    parser.add_argument("--listed", type=int, default=60, help="entries of each feed that are enforced (60)")
    parser.add_argument("--days", type=int, default=730, help="of older history that is brought (730)")
    parser.add_argument("--per-day", type=int, default=400, help="bans of its last day (400)")
    parser.add_argument("--minutes", type=float, default=6.0, help="over which the attacks come (6)")


def run(options: argparse.Namespace) -> tuple[Figures, bool]:
    """What is in the picture, and whether every attacker is."""
    lists = {feed.stem: entries(from_here(feed)) for feed in options.feeds}
    addresses = sorted({one for some in lists.values() for one in some if "/" not in one})
    chance = random.Random(SEED)  # noqa: S311 - the same attackers of the same feeds
    chance.shuffle(addresses)
    with house(services.lay) as there:
        session = sign_in(there, "anna")
        api = Api(there.url, there.manage("create_api_token", "picture", "--scopes", "*").strip().splitlines()[-1])
        _bring_the_past(there, addresses, options)
        with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as url:
            for name, some in lists.items():
                _subscribe(api, name, some[: options.listed], Path(folder), url)
        attackers = addresses[: options.attackers]
        _attack(there, attackers, options.minutes, chance)
        _wait_until(lambda: _banned(api) == len(attackers), "Not every attacker is in history")
        summary = api.get("/statistics/summary")
        figures: Figures = {"active": summary["active"], "bans": summary["ranges"][-1]["bans"]}
        _picture(there, session, from_here(options.to))
    figures["bytes"] = from_here(options.to).stat().st_size
    for name, value in figures.items():
        say.about(name, f"{value:,}")
    return figures, True


def entries(feed: Path) -> list[str]:
    """The addresses and networks that its lines begin with, in its order, which mostly puts the worst first."""
    try:
        words = [line.split()[0] for line in feed.read_text(errors="replace").splitlines() if line.strip()]
    except OSError as error:
        raise CannotGoOn(f"{feed} cannot be read: {error.strerror}.") from error
    return [word for word in words if _is_network(word)]


def _is_network(word: str) -> bool:
    try:
        return ip_network(word).is_global
    except ValueError:
        return False


def _bring_the_past(there: House, addresses: list[str], options: argparse.Namespace) -> None:
    """History as another BanGuard exports it. It ends before what this one bans by itself begins."""
    file, now = there.data / "older.jsonl", datetime.now(UTC)
    lines = past.lines(addresses, until=now, days=options.days, per_day=options.per_day, seed=SEED)
    with file.open("w", encoding="utf-8") as out:
        out.writelines(lines)
    say.plain(there.manage("import_history", str(file), seconds=1_800).strip())


def _subscribe(api: Api, name: str, some: list[str], folder: Path, url: str) -> None:
    """A feed of these entries, until Fail2ban holds them."""
    (folder / f"{name}.txt").write_text("".join(f"{one}\n" for one in some))
    feed = {"name": name, "url": f"{url}/{name}.txt", "format": "plain", "enabled": True, "enforcement": "jail"}
    source = api.post("/blocklists/sources", **feed)["id"]
    run = api.post(f"/blocklists/sources/{source}/runs")["id"]
    _wait_until(lambda: api.get(f"/blocklists/runs/{run}")["state"] not in UNDER_WAY, f"{name} is not imported")
    done = api.get(f"/blocklists/runs/{run}")
    if done["state"] != "succeeded":
        raise CannotGoOn(f"{name} was not imported: {done}")


def _attack(there: House, attackers: list[str], minutes: float, chance: random.Random) -> None:
    """Failures of each: most in batches of any size, the last ones alone, since attacks do not come by the clock."""
    crowd, last = attackers[:-LAST], attackers[-LAST:]
    cuts = sorted(chance.randint(0, len(crowd)) for _ in range(BATCHES - 1))
    batches = [crowd[begun:ended] for begun, ended in pairwise([0, *cuts, len(crowd)])] + [[one] for one in last]
    for batch in batches:
        for address in batch:
            services.attack(there.data, address, chance)
        time.sleep(minutes * 60 / len(batches) * chance.uniform(0.4, 1.6))


def _banned(api: Api) -> int:
    """How many are in force because a jail counted failures; of the past none is."""
    return int(api.get("/bans?active=true&origin=jail&page_size=1")["pagination"]["total"])


def _wait_until(condition: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > until:
            raise CannotGoOn(f"{what}, after {PATIENCE:.0f} s.")
        time.sleep(1)


def _picture(there: House, session: requests.Session, to: Path) -> None:
    """From the top of the page to the end of the map, in the light."""
    with browser() as running:
        context = running.new_context(viewport={"width": WIDTH, "height": 900}, color_scheme="light", locale="en-GB")
        context.add_cookies([{"name": one.name, "value": str(one.value), "url": there.url} for one in session.cookies])
        tab = context.new_page()
        tab.goto(there.url + PAGE, wait_until="load")
        started(tab)
        tab.evaluate("document.querySelectorAll('.far').forEach((card) => card.classList.remove('far'))")
        tab.locator("[data-world] a").first.wait_for()
        tab.wait_for_timeout(DRAWN_MS)
        world = tab.locator("section[aria-labelledby=world]").bounding_box()
        if world is None:
            raise CannotGoOn("The dashboard has no map.")
        height = world["y"] + world["height"] + MARGIN
        tab.screenshot(path=to, full_page=True, clip={"x": 0, "y": 0, "width": WIDTH, "height": height})
