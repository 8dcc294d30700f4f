from django.contrib import admin
from django.contrib.contenttypes.admin import GenericTabularInline

from catalogue.models import Category, Product, ProductImage, Supplier, Tag, Variant
from notes.models import Note


class NoteInline(GenericTabularInline):
    model = Note
    extra = 0
    raw_id_fields = ["author"]


class VariantInline(admin.TabularInline):
    model = Variant
    extra = 0
    readonly_fields = ["stock"]


class ImageInline(admin.TabularInline):
    model = ProductImage
    extra = 0


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    list_display = ["__str__", "slug", "position", "product_count"]
    prepopulated_fields = {"slug": ["name"]}

    @admin.display(description="products")
    def product_count(self, category):
        return category.products.count()


@admin.register(Supplier)
class SupplierAdmin(admin.ModelAdmin):
    list_display = ["name", "country", "account_manager", "lead_days"]
    list_filter = ["country"]
    inlines = [NoteInline]


@admin.register(Tag)
class TagAdmin(admin.ModelAdmin):
    list_display = ["name", "slug"]


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    list_display = ["name", "sku", "category", "supplier", "tag_names", "rating", "in_stock"]
    list_filter = ["is_published", "is_featured", "category"]
    list_per_page = 50
    search_fields = ["name", "sku"]
    filter_horizontal = ["tags"]
    inlines = [VariantInline, ImageInline, NoteInline]

    @admin.display(description="tags")
    def tag_names(self, product):
        return ", ".join(tag.name for tag in product.tags.all())

    def rating(self, product):
        return product.average_rating

    def in_stock(self, product):
        return product.stock


@admin.register(Variant)
class VariantAdmin(admin.ModelAdmin):
    list_display = ["__str__", "sku", "supplier", "stock"]
    list_per_page = 50
    raw_id_fields = ["product"]

    def supplier(self, variant):
        return variant.product.supplier
