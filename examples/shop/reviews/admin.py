from django.contrib import admin

from reviews.models import Review


@admin.register(Review)
class ReviewAdmin(admin.ModelAdmin):
    list_display = ["__str__", "rating", "is_approved", "created", "supplier"]
    list_filter = ["is_approved", "rating"]
    list_per_page = 50
    raw_id_fields = ["product", "author"]

    def supplier(self, review):
        return review.product.supplier.name
