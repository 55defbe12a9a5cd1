"""A web process as it is deployed, on the tests' database, and certificates that nobody has to trust."""

from __future__ import annotations

import datetime
import ipaddress
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.db import connection

from banguard.envtypes import ROOT
from tests.outside.conftest import free_port
from tests.waiting import wait_until

GUNICORN = [sys.executable, "-m", "gunicorn", "--config", "banguard/machine/gunicorn_conf.py", "--workers", "1"]


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture
def web(transactional_db: None) -> Iterator[Callable[..., int]]:
    """``web(BANGUARD_TLS="true")`` starts gunicorn with these settings and returns its port."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(**variables: str) -> int:
        port = free_port()
        environment = {**os.environ, "DATABASE_URL": url_of_the_tests(), **variables}
        environment["BANGUARD_SECRET_KEYS"] = settings.SECRET_KEY
        processes.append(subprocess.Popen([*GUNICORN, "--bind", f"127.0.0.1:{port}"], cwd=ROOT, env=environment))
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/health/live"), 30, "gunicorn did not start")
        return port

    yield start
    for process in processes:
        process.terminate()
        assert process.wait(30) == 0


def url_of_the_tests() -> str:
    """The tests' own database, wherever ``DATABASE_URL`` has its server."""
    before, _, rest = os.environ["DATABASE_URL"].rpartition("/")
    _, mark, options = rest.partition("?")
    return f"{before}/{connection.settings_dict['NAME']}{mark}{options}"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost and its key, as PEM files."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    alternative = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(alternative), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, private = folder / "banguard.pem", folder / "banguard.key"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return pem, private
