from django import forms

from customers.models import Address


class CheckoutForm(forms.Form):
    address = forms.ModelChoiceField(Address.objects.none(), empty_label=None)
    comment = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)

    def __init__(self, *args, customer, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["address"].queryset = Address.objects.filter(customer=customer)


class TrackForm(forms.Form):
    number = forms.CharField(max_length=12)
    email = forms.EmailField()
