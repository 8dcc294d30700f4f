from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from orders.models import Order, OrderLine


def last_day():
    """The last day on which anybody ordered anything."""
    latest = Order.objects.order_by("-created").first()
    return timezone.localdate(latest.created if latest else None)


def bounds(day):
    start = timezone.make_aware(datetime.combine(day, datetime.min.time()))
    return start, start + timedelta(days=1)


def orders_of(day):
    return Order.objects.filter(created__range=bounds(day)).order_by("created", "pk")


def lines_of(day):
    return OrderLine.objects.filter(order__created__range=bounds(day)).order_by("pk")


def sales_by_category(day):
    totals = {}
    for line in lines_of(day):
        if line.order.is_paid:
            category = line.variant.product.category
            row = totals.setdefault(str(category), {"quantity": 0, "turnover": Decimal(0)})
            row["quantity"] += line.quantity
            row["turnover"] += line.total
    return sorted(totals.items())


def sales_by_supplier(day):
    totals = {}
    for line in lines_of(day):
        if line.order.is_paid:
            supplier = line.variant.product.supplier
            totals[supplier.name] = totals.get(supplier.name, 0) + line.total
    return sorted(totals.items(), key=lambda item: (-item[1], item[0]))


def months(count=12):
    """Orders, lines and turnover of each of the last months, the newest first."""
    month = last_day().replace(day=1)
    rows = []
    for _ in range(count):
        after = (month + timedelta(days=32)).replace(day=1)
        orders = Order.objects.filter(
            created__gte=bounds(month)[0], created__lt=bounds(after)[0]
        ).exclude(status=Order.Status.CANCELLED)
        lines = OrderLine.objects.filter(order__in=orders)
        rows.append(
            {
                "month": month,
                "orders": len(orders),
                "lines": lines.count(),
                "turnover": sum(quantity * price for quantity, price in amounts(lines)),
            }
        )
        month = (month - timedelta(days=1)).replace(day=1)
    return rows


def amounts(lines):
    return lines.values_list("quantity", "unit_price")
