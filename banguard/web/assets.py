"""Third-party files that pages use, found where ``npm ci`` puts them; never copied into the repository."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import django_countries
from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

from banguard.web import styles

# Named one by one: whole packages bring files that refer to others which are not shipped.
FILES = (
    "@tabler/core/dist/css/tabler.min.css",
    "@tabler/core/dist/css/tabler.min.css.map",
    "chart.js/dist/chart.umd.min.js",
    "chart.js/dist/chart.umd.min.js.map",
    "svgmap/dist/svg-map.umd.min.js",
    "web-vitals/dist/web-vitals.js",
    "web-vitals/dist/web-vitals.js.map",
)


# What every page waits for before it is painted is one file and not ten. Later rules win over earlier ones.
SITE = "css/site.css"
COMPONENTS = "vendor/@tabler/core/dist/css/tabler.min.css"
PARTS = (
    *("banguard", "frame", "components", "tables", "views", "forms", "search"),
    *("charts", "world", "pages", "config", "print"),
)


class Storage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Names of files end in a hash of what is in them, also where one of our modules imports another."""

    support_js_module_import_aggregation = True

    def post_process(self, paths: dict[str, Any], *args: object, **kwargs: object) -> Iterator[Any]:
        """Puts all styles together first."""
        if not kwargs.get("dry_run"):
            self.delete(SITE)
            self.save(SITE, ContentFile("\n".join(self._styles()).encode()))
            paths[SITE] = (self, SITE)
        yield from super().post_process(paths, *args, **kwargs)

    def _styles(self) -> Iterator[str]:
        yield styles.used(self._text(COMPONENTS), styles.words(Path(settings.BASE_DIR)))
        yield self._text("vendor/flags/sprite.css").replace("url('sprite.png')", "url('../vendor/flags/sprite.png')")
        yield from (self._text(f"css/{part}.css") for part in PARTS)

    def _text(self, name: str) -> str:
        """Nothing of what is not installed."""
        return Path(self.path(name)).read_text(encoding="utf-8") if self.exists(name) else ""


FLAGS = ("flags/sprite.css", "flags/sprite.png")


class PackageFinder(BaseFinder):
    """Serves ``files`` of a folder under ``vendor/``. What is not installed is left out."""

    files: tuple[str, ...] = FILES

    def __init__(self, *_args: object, **_kwargs: object) -> None:
        self.storage = FileSystemStorage(location=self.folder())
        self.storage.prefix = "vendor"  # type: ignore[attr-defined]

    def folder(self) -> Path:
        return Path(settings.BASE_DIR) / "node_modules"

    def check(self, **_kwargs: object) -> list[CheckMessage]:
        return []

    def find(self, path: str, find_all: bool = False, **_kwargs: object) -> Any:
        found = [self.storage.path(name) for name in self._installed() if path == f"vendor/{name}"]
        return found if find_all else next(iter(found), [])  # Django takes None for a file that was found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        for name in self._installed():
            yield name, self.storage

    def _installed(self) -> Iterator[str]:
        return (name for name in self.files if self.storage.exists(name))


class FlagFinder(PackageFinder):
    """The flags of all countries in one picture; the package's 250 single ones are left out."""

    files = FLAGS

    def folder(self) -> Path:
        return Path(django_countries.__path__[0]) / "static"
