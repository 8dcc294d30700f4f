from decimal import Decimal

from django.conf import settings
from django.contrib.contenttypes.fields import GenericRelation
from django.db import models
from django.urls import reverse

from catalogue.managers import PublishedManager


class Category(models.Model):
    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=100, unique=True)
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="children"
    )
    position = models.PositiveIntegerField(default=0)
    description = models.TextField(blank=True)

    class Meta:
        ordering = ["position", "name"]
        verbose_name_plural = "categories"

    def __str__(self):
        return f"{self.parent} › {self.name}" if self.parent else self.name

    def get_absolute_url(self):
        return reverse("catalogue:category", args=[self.slug])

    @property
    def breadcrumbs(self):
        trail = [self]
        while trail[0].parent:
            trail.insert(0, trail[0].parent)
        return trail


class Supplier(models.Model):
    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=120, unique=True)
    email = models.EmailField()
    country = models.CharField(max_length=60)
    lead_days = models.PositiveIntegerField(default=7)
    account_manager = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="suppliers",
        limit_choices_to={"is_staff": True},
    )
    notes = GenericRelation("notes.Note")

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("catalogue:supplier", args=[self.slug])


class Tag(models.Model):
    name = models.CharField(max_length=40)
    slug = models.SlugField(max_length=60, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("catalogue:tag", args=[self.slug])


class Product(models.Model):
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=140, unique=True)
    sku = models.CharField("SKU", max_length=20)
    category = models.ForeignKey(Category, models.PROTECT, related_name="products")
    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="products")
    tags = models.ManyToManyField(Tag, blank=True, related_name="products")
    description = models.TextField(blank=True)
    price = models.DecimalField(max_digits=8, decimal_places=2)
    weight = models.PositiveIntegerField(help_text="grams")
    is_published = models.BooleanField(default=True)
    is_featured = models.BooleanField(default=False)
    added = models.DateTimeField()
    notes = GenericRelation("notes.Note")

    objects = models.Manager()
    published = PublishedManager()

    def __str__(self):
        return f"{self.name} ({self.category.name})"

    def get_absolute_url(self):
        return reverse("catalogue:product", args=[self.slug])

    @property
    def main_image(self):
        images = self.images.all()
        return images[0] if images else None

    @property
    def average_rating(self):
        ratings = [review.rating for review in self.reviews.all()]
        if not ratings:
            return None
        return round(sum(ratings) / len(ratings), 1)

    @property
    def stock(self):
        return sum(variant.stock for variant in self.variants.all())

    @property
    def price_from(self):
        return min((variant.price for variant in self.variants.all()), default=self.price)


class Variant(models.Model):
    product = models.ForeignKey(Product, models.CASCADE, related_name="variants")
    name = models.CharField(max_length=60)
    sku = models.CharField("SKU", max_length=24)
    surcharge = models.DecimalField(max_digits=8, decimal_places=2, default=Decimal(0))
    reorder_level = models.PositiveIntegerField(default=5)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.product.name}, {self.name}"

    @property
    def price(self):
        return self.product.price + self.surcharge

    @property
    def stock(self):
        return sum(movement.quantity for movement in self.movements.all())

    @property
    def needs_reorder(self):
        return self.stock < self.reorder_level


class ProductImage(models.Model):
    product = models.ForeignKey(Product, models.CASCADE, related_name="images")
    file = models.FileField(upload_to="products/")
    caption = models.CharField(max_length=120, blank=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self):
        return f"{self.product.name} #{self.position}"
