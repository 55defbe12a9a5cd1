"""``/api/v1/jails``."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Query

from banguard.accounts.auth import require
from banguard.accounts.values import Scope
from banguard.agent.verbs import Jail
from banguard.config import selectors
from banguard.config.schemas import JailOut
from banguard.core.pagination import Page, page_of_sequence
from banguard.core.routing import Router
from banguard.core.schemas import Listing, PageQuery

router = Router(tags=["config"])


@router.get("/jails", response=Listing[JailOut], auth=require(Scope.READ))
def list_jails(request: HttpRequest, query: Query[PageQuery]) -> Page[Jail]:
    """Every jail that the configuration knows, with its live state."""
    return page_of_sequence(selectors.jails(), cursor=query.cursor, page_size=query.page_size, name="jails")


@router.get("/jails/{str:name}", response=JailOut, auth=require(Scope.READ))
def get_jail(request: HttpRequest, name: str) -> Jail:
    """One jail."""
    return selectors.jail(name=name)
