"""What people and scripts do all day: pages, API, bans, imports, reloads; each answer is written down."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests

from benchmarks.soaking.house import House

PAGES = ("/", "/history/", "/history/?jail=demo", "/jails/", "/jails/demo/", "/blocklists/", "/audit/")
READS = (
    "/bans",
    "/bans?jail=demo&page_size=200",
    "/bans?active=true",
    "/statistics/summary",
    "/statistics/trend",
    "/statistics/countries",
    "/statistics/jails",
    "/statistics/addresses",
    "/jails",
    "/locks",
    "/blocklists/sources",
    "/blocklists/runs",
)
# What a request needs besides the web server: when one of these is being restarted, it may fail.
STORED = frozenset({"web", "postgres"})
LIVE = STORED | {"agent", "fail2ban"}
DEMO_LINE = "{time} Failed login for root from {address}\n"


@dataclass(frozen=True)
class Answer:
    """``status`` 0: there was none. Times are monotonic."""

    what: str
    status: int
    needs: frozenset[str]
    began: float
    ended: float


class Load:
    """Threads that each do one thing over and over, until told to stop."""

    def __init__(self, house: House, session: requests.Session, token: str, seed: int) -> None:
        self._house, self._session, self._seed = house, session, seed
        self._headers = {"Authorization": f"Bearer {token}"}
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        self.answers: list[Answer] = []

    def begin(self, feed: Path, feed_url: str) -> None:
        source = self._add_source(feed_url)
        jobs: list[tuple[Callable[[random.Random], None], float]] = [
            (self._page, 0.2),
            (self._read, 0.1),
            (self._attack, 0.3),
            (self._ban_by_hand, 2.0),
            (partial(self._import, feed, source), 15.0),
            (self._reload, 25.0),
        ]
        for number, (job, pause) in enumerate(jobs):
            thread = threading.Thread(target=self._repeat, args=(job, pause, self._seed + number), daemon=True)
            self._threads.append(thread)
            thread.start()

    def end(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(60)

    def _repeat(self, job: Callable[[random.Random], None], pause: float, seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311
        while not self._over.wait(pause * chance.uniform(0.5, 1.5)):
            job(chance)

    def _page(self, chance: random.Random) -> None:
        self._ask("GET", chance.choice(PAGES), STORED, session=self._session)

    def _read(self, chance: random.Random) -> None:
        self._ask("GET", f"/api/v1{chance.choice(READS)}", STORED)

    def _attack(self, chance: random.Random) -> None:
        line = DEMO_LINE.format(time=time.strftime("%Y-%m-%d %H:%M:%S"), address=_address(chance, "203.0"))
        with (self._house.data / "fail2ban/attacks.log").open("a") as log:
            log.write(line * 6)

    def _ban_by_hand(self, chance: random.Random) -> None:
        addresses = sorted({_address(chance, "198.51") for _ in range(20)})
        body: dict[str, object] = {"addresses": addresses, "jail": "demo"}
        self._ask("POST", "/api/v1/bans", LIVE, body=body)
        if chance.random() < 0.5:
            self._ask("DELETE", "/api/v1/bans", LIVE, body={**body, "addresses": addresses[:10]})

    def _import(self, feed: Path, source: int, chance: random.Random) -> None:
        feed.write_text("".join(f"{_address(chance, '192.0')}\n" for _ in range(300)))
        self._ask("POST", f"/api/v1/blocklists/sources/{source}/runs", LIVE)

    def _reload(self, _chance: random.Random) -> None:
        self._ask("POST", "/api/v1/jails/demo/reload", LIVE)

    def _add_source(self, url: str) -> int:
        body = {"name": "soak", "url": url, "format": "plain", "enabled": True, "enforcement": "jail"}
        answer = requests.post(
            f"{self._house.url}/api/v1/blocklists/sources", json=body, headers=self._headers, timeout=30
        )
        answer.raise_for_status()
        return int(answer.json()["id"])

    def _ask(
        self,
        method: str,
        path: str,
        needs: frozenset[str],
        *,
        body: dict[str, object] | None = None,
        session: requests.Session | None = None,
    ) -> None:
        began = time.monotonic()
        headers = {} if session else self._headers
        try:
            send = (session or requests).request
            status = send(method, self._house.url + path, json=body, headers=headers, timeout=60).status_code
        except requests.RequestException:
            status = 0
        self.answers.append(Answer(f"{method} {path}", status, needs, began, time.monotonic()))


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a web server on loopback that serves ``folder``."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


def _address(chance: random.Random, start: str) -> str:
    return f"{start}.{chance.randint(1, 250)}.{chance.randint(1, 250)}"
