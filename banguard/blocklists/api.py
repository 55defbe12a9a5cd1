"""``/api/v1/blocklists``."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Query, Status

from banguard.accounts.auth import caller_of, require
from banguard.accounts.values import Scope
from banguard.blocklists import selectors
from banguard.blocklists.catalogue import CATALOGUE, Feed
from banguard.blocklists.models import Entry, Run, Source, Trial
from banguard.blocklists.report_schemas import ReportOut
from banguard.blocklists.schemas import (
    CatalogueOut,
    EntriesQuery,
    EntryOut,
    ProtectedIn,
    ProtectedOut,
    RunIn,
    RunOut,
    SourceChangeIn,
    SourceIn,
    SourceOut,
    SparedOut,
    TrialOut,
)
from banguard.blocklists.services import holding, imports, protecting, reports, sources, trials
from banguard.blocklists.services.sources import Given
from banguard.blocklists.values import Purpose
from banguard.core.pagination import Page
from banguard.core.routing import Router
from banguard.core.schemas import Listing, PageQuery
from banguard.servers import selectors as servers
from banguard.servers.models import ProtectedNetwork

router = Router(tags=["blocklists"])


@router.get("/sources", response=Listing[SourceOut], auth=require(Scope.READ))
def list_sources(request: HttpRequest, query: Query[PageQuery]) -> Page[Source]:
    """Every feed."""
    return selectors.sources_page(cursor=query.cursor, page_size=query.page_size)


@router.post("/sources", response={201: SourceOut}, auth=require(Scope.CONFIGURE))
def create_source(request: HttpRequest, body: SourceIn) -> Status[Source]:
    """Add a feed. It is imported when asked for, or by its schedule."""
    values = body.dict(exclude={"content", "secret_headers"})
    return Status(201, sources.create(given=_given(request, body), secrets=body.secret_headers, **values))


@router.get("/sources/{int:source_id}", response=SourceOut, auth=require(Scope.READ))
def get_source(request: HttpRequest, source_id: int) -> Source:
    """One feed."""
    return selectors.source(source_id=source_id)


@router.patch("/sources/{int:source_id}", response=SourceOut, auth=require(Scope.CONFIGURE))
def change_source(request: HttpRequest, source_id: int, body: SourceChangeIn) -> Source:
    """Change a feed; what it no longer wants blocked is let go."""
    values = body.dict(exclude={"content", "secret_headers"}, exclude_none=True)
    given = _given(request, body)
    return sources.change(source_id=source_id, given=given, secrets=body.secret_headers, **values)


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
def run_source(request: HttpRequest, source_id: int, body: RunIn | None = None) -> Status[Run]:
    """Import a feed soon; the answer is the queued run. 409 ``lock_busy`` while one is queued or running.

    While its provider is not to be asked again, what the preview before brought is imported, if there was one.
    """
    asked_by, within = caller_of(request).name, body.confirm_within if body else None
    return Status(202, holding.request_import(source_id=source_id, asked_by=asked_by, confirm_within=within))


@router.post("/sources/{int:source_id}/preview", response={202: RunOut}, auth=require(Scope.IMPORT))
def preview_source(request: HttpRequest, source_id: int) -> Status[Run]:
    """Look at what an import would do, and do nothing; the answer is the queued run, which will hold ``preview``."""
    asked_by = caller_of(request).name
    return Status(202, imports.request_run(source_id=source_id, asked_by=asked_by, purpose=Purpose.PREVIEW))


@router.get("/runs", response=Listing[RunOut], auth=require(Scope.READ))
def list_runs(request: HttpRequest, query: Query[PageQuery]) -> Page[Run]:
    """All imports, newest first."""
    return selectors.runs_page(source_id=None, cursor=query.cursor, page_size=query.page_size)


@router.get("/runs/{int:run_id}", response=RunOut, auth=require(Scope.READ))
def get_run(request: HttpRequest, run_id: int) -> Run:
    """One import, as far as it is."""
    return selectors.run(run_id=run_id)


@router.post("/runs/{int:run_id}/accept", response={202: RunOut}, auth=require(Scope.CONFIGURE))
def accept_run(request: HttpRequest, run_id: int, body: RunIn | None = None) -> Status[Run]:
    """Carry out a run that is held, just as it was looked at. 409 when it is not, or when a later one replaced it."""
    decided_by, within = caller_of(request).name, body.confirm_within if body else None
    return Status(202, holding.accept(run_id=run_id, decided_by=decided_by, confirm_within=within))


@router.post("/runs/{int:run_id}/discard", response=RunOut, auth=require(Scope.CONFIGURE))
def discard_run(request: HttpRequest, run_id: int) -> Run:
    """Forget what a run holds back; its source keeps what it has."""
    return holding.discard(run_id=run_id, decided_by=caller_of(request).name)


@router.get("/entries", response=Listing[EntryOut], auth=require(Scope.READ))
def list_entries(request: HttpRequest, query: Query[EntriesQuery]) -> Page[Entry]:
    """What the feeds hold; with ``ip``, why it is blocked."""
    return selectors.entries_page(
        address=query.ip, source_id=query.source_id, cursor=query.cursor, page_size=query.page_size
    )


@router.get("/catalogue", response=CatalogueOut, auth=require(Scope.READ))
def list_catalogue(request: HttpRequest) -> dict[str, tuple[Feed, ...]]:
    """Well-known feeds to make a source of. Read the providers' terms."""
    return {"feeds": CATALOGUE}


@router.get("/report", response=ReportOut, auth=require(Scope.READ))
def get_report(request: HttpRequest) -> dict[str, object]:
    """How every feed has done in the last 30 days, which to drop and why, and what the kernel dropped for them.

    The sources are as they were at ``made_at``, an hour ago at most, or when the last list changed."""
    report = reports.report()
    return {"sources": report.rows, "made_at": report.made_at, "enforced": selectors.enforced()}


@router.get("/protected", response=Listing[ProtectedOut], auth=require(Scope.READ))
def list_protected(request: HttpRequest, query: Query[PageQuery]) -> Page[ProtectedNetwork]:
    """What somebody wants never to be blocked."""
    return servers.protected_page(cursor=query.cursor, page_size=query.page_size)


@router.post("/protected", response={201: ProtectedOut}, auth=require(Scope.CONFIGURE))
def add_protected(request: HttpRequest, body: ProtectedIn) -> Status[ProtectedNetwork]:
    """Never block this network; what blocks it is lifted at once. 409 when it is protected already."""
    return Status(201, protecting.protect(created_by=caller_of(request).name, **body.dict()))


@router.delete("/protected/{int:protected_id}", response={204: None}, auth=require(Scope.CONFIGURE))
def remove_protected(request: HttpRequest, protected_id: int) -> Status[None]:
    """Let a network be blocked again."""
    protecting.unprotect(protected_id=protected_id)
    return Status(204, None)


@router.get("/spared", response=SparedOut, auth=require(Scope.READ))
def list_spared(request: HttpRequest) -> dict[str, list[dict[str, str]]]:
    """Everything that is never blocked now, with the reason. Asks the agent."""
    return {"networks": protecting.spared()}


def _given(request: HttpRequest, body: SourceIn | SourceChangeIn) -> Given | None:
    return None if body.content is None else Given(body.content.encode(), by=caller_of(request).name)


@router.get("/trials", response=Listing[TrialOut], auth=require(Scope.READ))
def list_trials(request: HttpRequest, query: Query[PageQuery]) -> Page[Trial]:
    """Enforcements that have to be confirmed, newest first."""
    return selectors.trials_page(cursor=query.cursor, page_size=query.page_size)


@router.post("/trials/{int:trial_id}/confirm", response=TrialOut, auth=require(Scope.IMPORT))
def confirm_trial(request: HttpRequest, trial_id: int) -> Trial:
    """Keep what was enforced. 409 when it came too late and was taken back."""
    return trials.confirm(trial_id=trial_id, confirmed_by=caller_of(request).name)


@router.post("/trials/{int:trial_id}/again", response={202: TrialOut}, auth=require(Scope.IMPORT))
def enforce_again(request: HttpRequest, trial_id: int) -> Status[Trial]:
    """Enforce again what was taken back, to be confirmed like that. 409 when it was not."""
    return Status(202, trials.go_on(trial_id=trial_id))
