"""The examples for nginx and Caddy, run as they stand but for names and ports: at a host's root and below a path."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import global_settings
from requests.adapters import HTTPAdapter

from banguard.accounts.models import Person
from banguard.envtypes import ROOT
from tests.conftest import PASSWORD
from tests.outside.conftest import free_port, require
from tests.waiting import wait_until

VISITOR = "127.0.0.2"  # another address of this machine, which is not the proxy's


class FromVisitor(HTTPAdapter):
    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, source_address=(VISITOR, 0), **options)


def nginx(folder: Path, backend: int, port: int, certificate: tuple[Path, Path], prefix: str) -> list[str]:
    require(shutil.which("nginx"), "nginx")
    example = (ROOT / "deploy/nginx/banguard.conf").read_text()
    example = example.partition("\nserver {\n    listen 80;")[0]  # the port of plain HTTP may be taken here
    example = example.replace("listen 443", f"listen 127.0.0.1:{port}").replace("    listen [::]:443 ssl;\n", "")
    example = example.replace("127.0.0.1:8000", f"127.0.0.1:{backend}").replace("banguard.example.org", "localhost")
    example = example.replace("/etc/ssl/certs/banguard.pem", str(certificate[0]))
    example = example.replace("/etc/ssl/private/banguard.key", str(certificate[1]))
    example = example.replace("location / {", f"location {prefix}/ {{")
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = (
        f"daemon off; pid {folder}/pid; error_log stderr; events {{}}\nhttp {{ access_log off; {temporary}{example} }}"
    )
    (folder / "nginx.conf").write_text(whole)
    return ["nginx", "-e", "stderr", "-c", str(folder / "nginx.conf")]


def caddy(folder: Path, backend: int, port: int, certificate: tuple[Path, Path], prefix: str) -> list[str]:
    require(shutil.which("caddy"), "Caddy")
    example = (ROOT / "deploy/caddy/Caddyfile").read_text()
    example = example.replace(
        "banguard.example.org {", f"https://localhost:{port} {{\n\ttls {certificate[0]} {certificate[1]}"
    )
    example = example.replace("127.0.0.1:8000", f"127.0.0.1:{backend}")
    if prefix:
        example = example.replace("handle {", f"handle {prefix}/* {{")
    head = (
        f"{{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n\tstorage file_system {folder}\n}}\n"
    )
    (folder / "Caddyfile").write_text(head + example)
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


@pytest.fixture
def proxy(tmp_path: Path, certificate: tuple[Path, Path]) -> Iterator[Callable[..., str]]:
    """``proxy(nginx, backend, "/banguard")`` starts it and returns where people find BanGuard."""
    started: list[subprocess.Popen[bytes]] = []

    def start(kind: Callable[..., list[str]], backend: int, prefix: str) -> str:
        port = free_port()
        started.append(subprocess.Popen(kind(tmp_path, backend, port, certificate, prefix)))
        url = f"https://localhost:{port}{prefix}"

        def up() -> bool:
            try:
                return requests.get(f"{url}/health/live", verify=str(certificate[0]), timeout=2).ok
            except requests.ConnectionError:
                return False

        wait_until(up, 20, "the proxy did not start")
        return url

    yield start
    for process in started:
        process.terminate()
        process.wait(60)


@pytest.mark.parametrize("prefix", ["", "/banguard", "/tools/ban-guard"])
@pytest.mark.parametrize("kind", [nginx, caddy], ids=["nginx", "caddy"])
def test_a_person_signs_in_through_the_proxy(  # noqa: PLR0917
    kind: Callable[..., list[str]],
    prefix: str,
    web: Callable[..., int],
    proxy: Callable[..., str],
    certificate: tuple[Path, Path],
    viewer: Person,
    settings: Any,
) -> None:
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS  # as the web process has them
    viewer.set_password(PASSWORD)
    viewer.save()
    backend = web(
        BANGUARD_TLS="true",
        BANGUARD_TRUSTED_PROXIES="127.0.0.1,::1",
        BANGUARD_ALLOWED_HOSTS="localhost",
        BANGUARD_PATH_PREFIX=prefix,
    )
    url = proxy(kind, backend, prefix)
    visitor = requests.Session()
    visitor.mount("https://", FromVisitor())
    visitor.verify, visitor.trust_env = str(certificate[0]), False

    page = visitor.get(f"{url}/", timeout=60)
    assert page.url.startswith(f"{url}/sign-in")
    for address in re.findall(r'(?:href|src|action)="(/[^"]*)"', page.text):
        assert address.startswith(f"{prefix}/"), address
    style = re.search(r'href="([^"]+\.css)"', page.text)
    assert style is not None
    assert visitor.get(url.removesuffix(prefix) + style[1], timeout=60).headers["Content-Type"].startswith("text/css")

    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token is not None
    origin = url.removesuffix(prefix)
    form = {"username": viewer.username, "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
    dashboard = visitor.post(page.url, form, headers={"Origin": origin}, timeout=60)
    assert (dashboard.status_code, dashboard.url) == (200, f"{url}/")
    cookies = {cookie.name: (cookie.path, cookie.secure) for cookie in visitor.cookies}
    assert cookies["banguard_session"] == (f"{prefix}/", True)

    sessions = visitor.get(f"{url}/account/sessions/", timeout=60)
    assert VISITOR in sessions.text  # who called, and not the proxy
    assert requests.get(f"http://127.0.0.1:{backend}/health/live", timeout=5).ok  # past the proxy, for its checks
