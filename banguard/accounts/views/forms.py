"""How every form here is answered."""

from __future__ import annotations

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def form_page(request: HttpRequest, template: str, form: Form, **context: object) -> HttpResponse:
    """The page of a form; 422 when what was sent will not do."""
    return render(request, template, {"form": form, **context}, status=422 if form.errors else 200)
