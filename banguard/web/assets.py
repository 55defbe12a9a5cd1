"""Third-party files that pages use, found where ``npm ci`` puts them; never copied into the repository."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage
from django.core.files.storage import FileSystemStorage

# Named one by one: whole packages bring files that refer to others which are not shipped.
FILES = (
    "@tabler/core/dist/css/tabler.min.css",
    "@tabler/core/dist/css/tabler.min.css.map",
)


class PackageFinder(BaseFinder):
    """Serves ``FILES`` of ``node_modules`` under ``vendor/``. What is not installed is left out."""

    def __init__(self, *_args: object, **_kwargs: object) -> None:
        self.storage = FileSystemStorage(location=settings.BASE_DIR / "node_modules")
        self.storage.prefix = "vendor"  # type: ignore[attr-defined]

    def check(self, **_kwargs: object) -> list[CheckMessage]:
        return []

    def find(self, path: str, find_all: bool = False, **_kwargs: object) -> Any:
        found = [self.storage.path(name) for name in self._installed() if path == f"vendor/{name}"]
        return found if find_all else next(iter(found), [])  # Django takes None for a file that was found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        for name in self._installed():
            yield name, self.storage

    def _installed(self) -> Iterator[str]:
        return (name for name in FILES if self.storage.exists(name))
