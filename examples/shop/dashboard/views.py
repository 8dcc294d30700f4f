from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.mixins import UserPassesTestMixin
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_POST
from django.views.generic import ListView

from catalogue.models import Product, Supplier, Variant
from customers.models import Customer
from dashboard import reports
from inventory.models import StockMovement, Warehouse
from notes.models import Note
from orders.models import Order
from reviews.models import Review


class StaffListView(UserPassesTestMixin, ListView):
    paginate_by = 50

    def test_func(self):
        return self.request.user.is_staff


def chosen_day(request):
    return parse_date(request.GET.get("day", "")) or reports.last_day()


@staff_member_required
def overview(request):
    today = reports.orders_of(reports.last_day())
    context = {
        "open_orders": len(Order.objects.open()),
        "waiting_reviews": len(Review.objects.filter(is_approved=False)),
        "turnover": sum(order.total for order in today if order.is_paid),
        "sold": sum(order.item_count for order in today),
        "latest": Order.objects.order_by("-created", "-pk")[:10],
        "notes": Note.objects.order_by("-created", "-pk")[:10],
    }
    return render(request, "dashboard/overview.html", context)


@staff_member_required
def orders(request):
    orders = Order.objects.select_related("customer__user").order_by("-created", "-pk")
    status = request.GET.get("status")
    if status:
        orders = orders.filter(status=status)
    number = request.GET.get("number")
    if number:
        orders = orders.filter(number__startswith=number)
    page = Paginator(orders, 50).get_page(request.GET.get("page"))
    context = {"page_obj": page, "statuses": Order.Status.choices}
    return render(request, "dashboard/orders.html", context)


class PickingView(StaffListView):
    template_name = "dashboard/picking.html"
    context_object_name = "orders"
    paginate_by = 25

    def get_queryset(self):
        return Order.objects.open().order_by("pk")


@staff_member_required
def sales(request):
    day = chosen_day(request)
    context = {
        "day": day,
        "categories": reports.sales_by_category(day),
        "suppliers": reports.sales_by_supplier(day),
    }
    return render(request, "dashboard/sales.html", context)


@staff_member_required
def months(request):
    return render(request, "dashboard/months.html", {"rows": reports.months()})


class ProductListView(StaffListView):
    queryset = Product.objects.order_by("-pk")
    template_name = "dashboard/products.html"
    context_object_name = "products"


class StockView(StaffListView):
    template_name = "dashboard/stock.html"

    def get_queryset(self):
        return Variant.objects.filter(product__is_published=True).order_by("pk")

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        warehouses = list(Warehouse.objects.all())
        context["warehouses"] = warehouses
        context["rows"] = [
            (variant, self.levels(variant, warehouses)) for variant in context["page_obj"]
        ]
        return context

    def levels(self, variant, warehouses):
        levels = dict.fromkeys([warehouse.name for warehouse in warehouses], 0)
        for movement in variant.movements.all():
            levels[movement.warehouse.name] += movement.quantity
        return list(levels.values())


class MovementListView(StaffListView):
    model = StockMovement
    ordering = ["-pk"]
    template_name = "dashboard/movements.html"
    context_object_name = "movements"


@staff_member_required
def suppliers(request):
    rows = []
    for supplier in Supplier.objects.all():
        rows.append(
            {
                "supplier": supplier,
                "products": supplier.products.count(),
                "published": supplier.products.filter(is_published=True).count(),
                "notes": supplier.notes.count(),
            }
        )
    return render(request, "dashboard/suppliers.html", {"rows": rows})


@staff_member_required
def reorder(request, slug):
    supplier = get_object_or_404(Supplier, slug=slug)
    variants = Variant.objects.filter(product__supplier=supplier)
    low = [variant for variant in variants if variant.needs_reorder]
    low.sort(key=lambda variant: (variant.stock, variant.pk))
    return render(request, "dashboard/reorder.html", {"supplier": supplier, "variants": low})


class CustomerListView(StaffListView):
    template_name = "dashboard/customers.html"
    context_object_name = "customers"
    paginate_by = 25

    def get_queryset(self):
        customers = Customer.objects.order_by("pk")
        city = self.request.GET.get("city")
        return customers.filter(city=city) if city else customers


@staff_member_required
def customer(request, pk):
    customer = get_object_or_404(Customer, pk=pk)
    context = {
        "customer": customer,
        "orders": customer.orders.order_by("-created", "-pk")[:30],
        "reviews": customer.user.reviews.all()[:20],
    }
    return render(request, "dashboard/customer.html", context)


class NoteListView(StaffListView):
    queryset = Note.objects.order_by("-created", "-pk")
    template_name = "dashboard/notes.html"
    context_object_name = "notes"


class ReviewQueueView(StaffListView):
    queryset = Review.objects.filter(is_approved=False)
    template_name = "dashboard/reviews.html"
    context_object_name = "reviews"


@require_POST
@staff_member_required
def approve(request, pk):
    review = get_object_or_404(Review, pk=pk)
    review.is_approved = True
    review.save()
    return redirect("dashboard:reviews")
