from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from inventory.models import StockMovement, Warehouse
from orders.models import Order, OrderLine


@transaction.atomic
def place_order(customer, address, comment, basket):
    """Turns the basket into an order, books the stock out and writes to everybody concerned."""
    order = Order(
        customer=customer, delivery_address=address, comment=comment, created=timezone.now()
    )
    order.save()
    order.number = f"Q{order.pk:07d}"
    order.save()
    for line in basket:
        OrderLine.objects.create(
            order=order,
            variant=line.variant,
            quantity=line.quantity,
            unit_price=line.variant.price,
        )
        book_out(line)
    send_confirmation(order)
    notify_staff(order)
    basket.clear()
    return order


def book_out(line):
    StockMovement.objects.create(
        variant=line.variant,
        warehouse=Warehouse.objects.first(),
        quantity=-line.quantity,
        reason=StockMovement.Reason.SALE,
        occurred=timezone.now(),
    )


def send_confirmation(order):
    send_mail(
        f"Your order {order.number}",
        render_to_string("orders/mail/confirmation.txt", {"order": order}),
        settings.DEFAULT_FROM_EMAIL,
        [order.customer.user.email],
    )


def notify_staff(order):
    for line in order.lines.all():
        if line.variant.needs_reorder:
            supplier = line.variant.product.supplier
            send_mail(
                f"Low stock: {line.variant}",
                f"{line.variant.stock} left, {supplier.name} needs {supplier.lead_days} days.",
                settings.DEFAULT_FROM_EMAIL,
                [settings.ORDERS_EMAIL],
            )
    send_mail(
        f"New order {order.number}",
        render_to_string("orders/mail/picking.txt", {"order": order}),
        settings.DEFAULT_FROM_EMAIL,
        [settings.ORDERS_EMAIL],
    )
