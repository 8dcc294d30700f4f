from django import forms

from catalogue.models import Variant


class BasketForm(forms.Form):
    variant = forms.ModelChoiceField(Variant.objects.filter(product__is_published=True))
    quantity = forms.IntegerField(min_value=0, max_value=99)
