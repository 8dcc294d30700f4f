from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


class Review(models.Model):
    product = models.ForeignKey("catalogue.Product", models.CASCADE, related_name="reviews")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reviews")
    rating = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    title = models.CharField(max_length=100)
    body = models.TextField()
    created = models.DateTimeField()
    is_approved = models.BooleanField(default=True)

    class Meta:
        ordering = ["-created", "-pk"]

    def __str__(self):
        return f"{self.author.get_full_name()} on {self.product.name}"

    @property
    def stars(self):
        return "★" * self.rating + "☆" * (5 - self.rating)
