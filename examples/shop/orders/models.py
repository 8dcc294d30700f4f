from decimal import Decimal

from django.contrib.contenttypes.fields import GenericRelation
from django.db import models
from django.urls import reverse


class OrderQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status__in=[Order.Status.NEW, Order.Status.PAID])

    def of(self, customer):
        return self.filter(customer=customer)


class Order(models.Model):
    class Status(models.TextChoices):
        NEW = "new"
        PAID = "paid"
        SHIPPED = "shipped"
        CANCELLED = "cancelled"

    number = models.CharField(max_length=12)
    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="orders")
    delivery_address = models.ForeignKey("customers.Address", models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.NEW)
    created = models.DateTimeField()
    comment = models.TextField(blank=True)
    notes = GenericRelation("notes.Note")

    objects = OrderQuerySet.as_manager()

    def __str__(self):
        return f"{self.number} ({self.customer})"

    def get_absolute_url(self):
        return reverse("orders:detail", args=[self.number])

    @property
    def is_paid(self):
        return self.status in {self.Status.PAID, self.Status.SHIPPED}

    @property
    def total(self):
        return sum((line.total for line in self.lines.all()), Decimal(0))

    @property
    def weight(self):
        return sum(line.variant.product.weight * line.quantity for line in self.lines.all())

    @property
    def item_count(self):
        return sum(line.quantity for line in self.lines.all())


class OrderLine(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    variant = models.ForeignKey("catalogue.Variant", models.PROTECT, related_name="order_lines")
    quantity = models.PositiveIntegerField(default=1)
    unit_price = models.DecimalField(max_digits=8, decimal_places=2)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.quantity} × {self.variant}"

    @property
    def total(self):
        return self.quantity * self.unit_price


class Shipment(models.Model):
    order = models.OneToOneField(Order, models.CASCADE, related_name="shipment")
    carrier = models.CharField(max_length=40)
    tracking = models.CharField(max_length=30)
    shipped = models.DateTimeField()

    def __str__(self):
        return f"{self.carrier} {self.tracking} for {self.order.number}"
