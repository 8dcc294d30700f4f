from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, LogoutView
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.generic import CreateView

from customers.forms import SignUpForm
from customers.models import Customer
from orders.models import OrderLine

__all__ = ["LoginView", "LogoutView", "SignUpView", "account", "bought", "my_reviews"]


class SignUpView(CreateView):
    form_class = SignUpForm
    template_name = "registration/sign_up.html"

    def form_valid(self, form):
        user = form.save()
        Customer.objects.create(user=user, joined=timezone.now())
        login(self.request, user)
        return redirect("customers:account")


@login_required
def account(request):
    return render(request, "customers/account.html", {"customer": request.customer})


@login_required
def my_reviews(request):
    return render(request, "customers/reviews.html", {"reviews": request.user.reviews.all()})


@login_required
def bought(request):
    lines = OrderLine.objects.filter(order__customer__user=request.user).order_by("-pk")[:60]
    products = []
    for line in lines:
        if line.variant.product not in products:
            products.append(line.variant.product)
    return render(request, "customers/bought.html", {"products": products})
