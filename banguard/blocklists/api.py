"""``/api/v1/blocklists``."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Query, Status

from banguard.accounts.auth import caller_of, require
from banguard.accounts.values import Scope
from banguard.blocklists import selectors
from banguard.blocklists.models import Entry, Run, Source
from banguard.blocklists.schemas import EntriesQuery, EntryOut, RunOut, SourceChangeIn, SourceIn, SourceOut
from banguard.blocklists.services import imports, sources
from banguard.core.pagination import Page
from banguard.core.routing import Router
from banguard.core.schemas import Listing, PageQuery

router = Router(tags=["blocklists"])


@router.get("/sources", response=Listing[SourceOut], auth=require(Scope.READ))
def list_sources(request: HttpRequest, query: Query[PageQuery]) -> Page[Source]:
    """Every feed."""
    return selectors.sources_page(cursor=query.cursor, page_size=query.page_size)


@router.post("/sources", response={201: SourceOut}, auth=require(Scope.CONFIGURE))
def create_source(request: HttpRequest, body: SourceIn) -> Status[Source]:
    """Add a feed. It is imported when asked for, or by its schedule."""
    return Status(201, sources.create(**body.dict()))


@router.get("/sources/{int:source_id}", response=SourceOut, auth=require(Scope.READ))
def get_source(request: HttpRequest, source_id: int) -> Source:
    """One feed."""
    return selectors.source(source_id=source_id)


@router.patch("/sources/{int:source_id}", response=SourceOut, auth=require(Scope.CONFIGURE))
def change_source(request: HttpRequest, source_id: int, body: SourceChangeIn) -> Source:
    """Change a feed; what it no longer wants blocked is let go."""
    given = {name: value for name, value in body.dict(exclude_unset=True).items() if value is not None}
    return sources.change(source_id=source_id, **given)


@router.delete("/sources/{int:source_id}", response={204: None}, auth=require(Scope.CONFIGURE))
def delete_source(request: HttpRequest, source_id: int) -> Status[None]:
    """Forget a feed; what no other feed holds is unblocked."""
    sources.delete(source_id=source_id)
    return Status(204, None)


@router.get("/sources/{int:source_id}/runs", response=Listing[RunOut], auth=require(Scope.READ))
def list_runs_of_source(request: HttpRequest, source_id: int, query: Query[PageQuery]) -> Page[Run]:
    """A feed's imports, newest first."""
    return selectors.runs_page(source_id=source_id, cursor=query.cursor, page_size=query.page_size)


@router.post("/sources/{int:source_id}/runs", response={202: RunOut}, auth=require(Scope.IMPORT))
def run_source(request: HttpRequest, source_id: int) -> Status[Run]:
    """Import a feed soon; the answer is the queued run. 409 ``lock_busy`` while one is queued or running."""
    return Status(202, imports.request_run(source_id=source_id, asked_by=caller_of(request).name))


@router.get("/runs", response=Listing[RunOut], auth=require(Scope.READ))
def list_runs(request: HttpRequest, query: Query[PageQuery]) -> Page[Run]:
    """All imports, newest first."""
    return selectors.runs_page(source_id=None, cursor=query.cursor, page_size=query.page_size)


@router.get("/runs/{int:run_id}", response=RunOut, auth=require(Scope.READ))
def get_run(request: HttpRequest, run_id: int) -> Run:
    """One import, as far as it is."""
    return selectors.run(run_id=run_id)


@router.get("/entries", response=Listing[EntryOut], auth=require(Scope.READ))
def list_entries(request: HttpRequest, query: Query[EntriesQuery]) -> Page[Entry]:
    """What the feeds hold; with ``ip``, why it is blocked."""
    return selectors.entries_page(
        address=query.ip, source_id=query.source_id, cursor=query.cursor, page_size=query.page_size
    )
