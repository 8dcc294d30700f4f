from django.conf import settings
from django.contrib.contenttypes.fields import GenericRelation
from django.db import models
from django.urls import reverse


class Customer(models.Model):
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="customer")
    company = models.CharField(max_length=100, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    city = models.CharField(max_length=60, blank=True)
    newsletter = models.BooleanField(default=False)
    joined = models.DateTimeField()
    notes = GenericRelation("notes.Note")

    def __str__(self):
        return self.user.get_full_name() or self.user.username

    def get_absolute_url(self):
        return reverse("reviews:reviewer", args=[self.pk])

    @property
    def display_name(self):
        if self.user.last_name:
            return f"{self.user.first_name} {self.user.last_name[0]}."
        return self.user.username

    @property
    def total_spent(self):
        return sum(order.total for order in self.orders.all() if order.is_paid)


class Address(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="addresses")
    line1 = models.CharField("address", max_length=120)
    city = models.CharField(max_length=60)
    postcode = models.CharField(max_length=12)
    country = models.CharField(max_length=60, default="United Kingdom")
    is_default = models.BooleanField(default=False)

    class Meta:
        ordering = ["-is_default", "pk"]
        verbose_name_plural = "addresses"

    def __str__(self):
        return f"{self.customer}, {self.line1}, {self.city}"
