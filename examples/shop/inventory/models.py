from django.conf import settings
from django.db import models


class Warehouse(models.Model):
    name = models.CharField(max_length=60)
    city = models.CharField(max_length=60)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return f"{self.name} ({self.city})"


class StockMovement(models.Model):
    class Reason(models.TextChoices):
        DELIVERY = "delivery"
        SALE = "sale"
        RETURN = "return"
        CORRECTION = "correction"

    variant = models.ForeignKey("catalogue.Variant", models.CASCADE, related_name="movements")
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="movements")
    quantity = models.IntegerField()
    reason = models.CharField(max_length=12, choices=Reason.choices)
    occurred = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="movements"
    )

    def __str__(self):
        return f"{self.quantity:+d} {self.variant} at {self.warehouse.name}"
