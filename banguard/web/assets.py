"""Third-party files that pages use, found where ``npm ci`` puts them; never copied into the repository."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:  # noqa: ARG002
        yield from ((name, self.storage) for name in FILES if self.storage.exists(name))

    def find(self, path: str, find_all: bool = False, **_kwargs: object) -> list[str] | str:
        name = path.removeprefix("vendor/")
        found = self.storage.path(name) if name != path and name in FILES and self.storage.exists(name) else None
        if find_all:
            return [found] if found else []
        return found or []
