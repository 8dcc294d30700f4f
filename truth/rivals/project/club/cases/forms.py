"""Choices of forms, and formsets."""

from __future__ import annotations

from django import forms
from django.forms import modelformset_factory

from club.models import Album, Band, Track

from ._answer import text
from ._case import case, found


class TrackForm(forms.Form):
    album = forms.ModelChoiceField(queryset=Album.objects.order_by("id"))


class QuickForm(forms.Form):
    album = forms.ModelChoiceField(queryset=Album.objects.select_related("band"))


class PlainForm(forms.Form):
    track = forms.ModelChoiceField(queryset=Track.objects.order_by("id"))


class OwnTrackForm(forms.ModelForm):
    class Meta:
        model = Track
        fields = ("album", "title")


@case(found("n+1", "Album.band", "Album.objects.order_by("))
def choices(request):
    """The choices say themselves with a relation."""
    return text([TrackForm()])


@case()
def choices_joined(request):
    return text([QuickForm()])


@case()
def choices_plain(request):
    return text([PlainForm()])


@case(found("n+1", "Album.band", "class OwnTrackForm"))
def choices_of_a_model_form(request):
    """Django makes the queryset for the class."""
    return text([OwnTrackForm()])


@case(found("n+1", "Band.agent", "Band.objects.order_by("))
def formset(request):
    formset = modelformset_factory(Band, fields=("name",), extra=0)
    forms_ = formset(queryset=Band.objects.order_by("id"))
    return text(f"{form.instance.agent.name} {form['name']}" for form in forms_)
