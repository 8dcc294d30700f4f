from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from basket.basket import Basket
from basket.forms import BasketForm


def show(request):
    return render(request, "basket/show.html")


@require_POST
def add(request):
    form = BasketForm(request.POST)
    if form.is_valid():
        variant = form.cleaned_data["variant"]
        Basket(request).add(variant, form.cleaned_data["quantity"])
        messages.success(request, f"{variant} is in your basket.")
    else:
        messages.error(request, "That did not work, please try again.")
    return redirect("basket:show")


@require_POST
def update(request):
    form = BasketForm(request.POST)
    if form.is_valid():
        Basket(request).set(form.cleaned_data["variant"], form.cleaned_data["quantity"])
    return redirect("basket:show")
