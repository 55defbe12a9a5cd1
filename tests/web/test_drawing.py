"""Boxes of choices and plain inputs are drawn as Django draws them, only faster."""

from __future__ import annotations

import re

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.test import SimpleTestCase

from banguard.web.drawing import Renderer

HOSTILE = '"><script>alert(1)</script>'
GROUPED = [("", "Any"), ("Lists", [("a", "A & B"), (HOSTILE, HOSTILE)]), ("Jails", [(3, "three")]), (None, "nothing")]

equal = SimpleTestCase().assertHTMLEqual


def box(kind: type[forms.ChoiceField], given: object, **attributes: object) -> forms.Form:
    class Made(forms.Form):
        box = kind(choices=GROUPED, required=False)

    made = Made({"box": given})
    made.fields["box"].widget.attrs |= attributes
    return made


@pytest.mark.parametrize("kind", [forms.ChoiceField, forms.MultipleChoiceField])
@pytest.mark.parametrize("given", ["", "a", 3, ["a", "3"], HOSTILE, "none of them"])
def test_a_box_is_drawn_as_django_draws_it(kind: type[forms.ChoiceField], given: object) -> None:
    made = box(kind, given, disabled=True, multiple=False, title=HOSTILE)
    theirs, ours = (made["box"].as_widget() for made.renderer in (DjangoTemplates(), Renderer()))
    equal(ours, theirs)
    assert len(re.findall("<option", ours)) == 5
    assert "<script>" not in ours


@pytest.mark.parametrize("kind", [forms.CharField, forms.IntegerField, forms.EmailField, forms.DateTimeField])
@pytest.mark.parametrize("widget", [None, forms.PasswordInput(render_value=True), forms.HiddenInput])
@pytest.mark.parametrize("given", [None, "", 0, True, HOSTILE])
def test_an_input_is_drawn_as_django_draws_it(kind: type[forms.Field], widget: forms.Widget, given: object) -> None:
    class Made(forms.Form):
        box = kind(widget=widget, required=False)

    made = Made(initial={"box": given})
    made.fields["box"].widget.attrs |= {"disabled": True, "autofocus": False, "title": HOSTILE, HOSTILE: "x"}
    theirs, ours = (made["box"].as_widget() for made.renderer in (DjangoTemplates(), Renderer()))
    equal(ours, theirs)
    assert "<script>" not in ours


def test_everything_else_is_left_to_django() -> None:
    class Made(forms.Form):
        text = forms.CharField(initial=HOSTILE, widget=forms.Textarea)

    made = Made()
    assert isinstance(made.renderer, Renderer)
    assert "&quot;&gt;&lt;script" in made.as_p()
