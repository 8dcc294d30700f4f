from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.shortcuts import get_object_or_404, redirect, render
from django.views.generic import FormView, ListView

from basket.basket import Basket
from orders.checkout import place_order
from orders.forms import CheckoutForm, TrackForm
from orders.models import Order


class OrderHistoryView(LoginRequiredMixin, ListView):
    template_name = "orders/history.html"
    context_object_name = "orders"
    paginate_by = 20

    def get_queryset(self):
        if not self.request.customer:
            return Order.objects.none()
        return Order.objects.of(self.request.customer).order_by("-created", "-pk")


def get_order(request, number):
    orders = Order.objects.all()
    if not request.user.is_staff:
        orders = orders.filter(customer__user=request.user)
    return get_object_or_404(orders, number=number)


@login_required
def detail(request, number):
    order = get_order(request, number)
    return render(request, "orders/detail.html", {"order": order})


@login_required
def invoice(request, number):
    order = get_order(request, number)
    lines = [
        {
            "sku": line.variant.sku,
            "text": str(line.variant),
            "supplier": line.variant.product.supplier.name,
            "quantity": line.quantity,
            "total": line.total,
        }
        for line in order.lines.all()
    ]
    return render(request, "orders/invoice.html", {"order": order, "lines": lines})


def track(request):
    form = TrackForm(request.GET or None)
    order = None
    if form.is_valid():
        order = Order.objects.filter(
            number=form.cleaned_data["number"],
            customer__user__email__iexact=form.cleaned_data["email"],
        ).first()
    return render(request, "orders/track.html", {"form": form, "order": order})


class CheckoutView(LoginRequiredMixin, FormView):
    template_name = "orders/checkout.html"
    form_class = CheckoutForm

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated and not (Basket(request) and request.customer):
            return redirect("basket:show")
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "customer": self.request.customer}

    def form_valid(self, form):
        order = place_order(
            self.request.customer,
            form.cleaned_data["address"],
            form.cleaned_data["comment"],
            Basket(self.request),
        )
        return redirect(order)
