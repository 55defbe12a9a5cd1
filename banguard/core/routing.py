"""A router that refuses what would break the API's promises, at the moment it is written."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, get_args, get_origin

import ninja
from ninja.constants import NOT_SET

from banguard.core.schemas import Listing, PageQuery


class Router(ninja.Router):
    """Each operation names its scope in ``auth``; whatever answers a list answers it in pages.

    Raises ``TypeError`` when the module with the operation is imported.
    """

    def add_api_operation(self, path: str, methods: list[str], view_func: Callable[..., Any], **options: Any) -> None:
        name = f"{view_func.__module__}.{view_func.__name__}"
        if options.get("auth", NOT_SET) is NOT_SET:
            raise TypeError(f"{name} declares no scope: give it auth=require(Scope.…).")
        for answer in _answers(options.get("response", NOT_SET)):
            if get_origin(answer) in (list, tuple, set):
                raise TypeError(f"{name} answers a bare list: answer Listing[…] and take Query[PageQuery].")
            if _is_listing(answer) and not _takes_page(view_func):
                raise TypeError(f"{name} answers a list without taking a page: give it Query[PageQuery].")
        super().add_api_operation(path, methods, view_func, **options)


def _answers(response: Any) -> list[Any]:
    return list(response.values()) if isinstance(response, dict) else [response]


def _is_listing(answer: Any) -> bool:
    return inspect.isclass(answer) and issubclass(answer, Listing)


def _takes_page(view: Callable[..., Any]) -> bool:
    arguments = inspect.get_annotations(view, eval_str=True).values()
    kinds = [kind for argument in arguments for kind in (argument, *get_args(argument))]
    return any(inspect.isclass(kind) and issubclass(kind, PageQuery) for kind in kinds)
