from rest_framework import serializers

from catalogue.models import Category, Product, ProductImage, Supplier, Tag, Variant
from customers.models import Address, Customer
from inventory.models import StockMovement
from notes.models import Note
from orders.models import Order, OrderLine
from reviews.models import Review


class CategorySerializer(serializers.ModelSerializer):
    parent = serializers.StringRelatedField()
    children = serializers.SlugRelatedField("slug", many=True, read_only=True)
    path = serializers.SerializerMethodField()

    class Meta:
        model = Category
        fields = ["id", "name", "slug", "parent", "children", "path"]

    def get_path(self, category):
        return [step.slug for step in category.breadcrumbs]


class TagSerializer(serializers.ModelSerializer):
    product_count = serializers.SerializerMethodField()

    class Meta:
        model = Tag
        fields = ["id", "name", "slug", "product_count"]

    def get_product_count(self, tag):
        return tag.products.count()


class SupplierSerializer(serializers.ModelSerializer):
    account_manager = serializers.CharField(source="account_manager.get_full_name", default=None)

    class Meta:
        model = Supplier
        fields = ["id", "name", "slug", "country", "lead_days", "account_manager"]


class VariantSerializer(serializers.ModelSerializer):
    class Meta:
        model = Variant
        fields = ["id", "name", "sku", "price", "stock"]


class ImageSerializer(serializers.ModelSerializer):
    class Meta:
        model = ProductImage
        fields = ["file", "caption"]


class ReviewSerializer(serializers.ModelSerializer):
    product = serializers.SlugRelatedField("slug", read_only=True)
    author = serializers.SerializerMethodField()

    class Meta:
        model = Review
        fields = ["id", "product", "author", "rating", "title", "body", "created"]

    def get_author(self, review):
        customer = review.author.customer
        return {"name": customer.display_name, "city": customer.city}


class ProductSerializer(serializers.ModelSerializer):
    category = serializers.StringRelatedField()
    supplier = SupplierSerializer()
    tags = serializers.SlugRelatedField("slug", many=True, read_only=True)
    variants = VariantSerializer(many=True)
    images = ImageSerializer(many=True)
    rating = serializers.SerializerMethodField()

    class Meta:
        model = Product
        fields = [
            "id", "name", "slug", "sku", "description", "price", "price_from", "category",
            "supplier", "tags", "variants", "images", "rating",
        ]  # fmt: skip

    def get_rating(self, product):
        return {"average": product.average_rating, "reviews": len(product.reviews.all())}


class FeedSerializer(serializers.ModelSerializer):
    """A product the way the price comparison sites want it."""

    url = serializers.CharField(source="get_absolute_url")
    brand = serializers.CharField(source="supplier.name")
    category = serializers.CharField(source="category.name")
    availability = serializers.SerializerMethodField()
    shipping = serializers.SerializerMethodField()
    currency = serializers.ReadOnlyField(default="GBP")
    title = serializers.SerializerMethodField()

    class Meta:
        model = Product
        fields = [
            "id", "title", "name", "slug", "sku", "url", "brand", "category", "description",
            "price", "currency", "weight", "availability", "shipping", "added",
        ]  # fmt: skip

    def get_availability(self, product):
        return "in stock" if product.is_published else "discontinued"

    def get_shipping(self, product):
        return {"service": "parcel" if product.weight < 5_000 else "pallet", "country": "GB"}

    def get_title(self, product):
        return f"{product.supplier.name} {product.name}"


class AddressSerializer(serializers.ModelSerializer):
    class Meta:
        model = Address
        fields = ["line1", "city", "postcode", "country"]


class CustomerSerializer(serializers.ModelSerializer):
    name = serializers.CharField(source="__str__")
    email = serializers.EmailField(source="user.email")
    addresses = AddressSerializer(many=True)
    order_count = serializers.SerializerMethodField()

    class Meta:
        model = Customer
        fields = ["id", "name", "email", "company", "city", "addresses", "order_count"]

    def get_order_count(self, customer):
        return customer.orders.count()


class OrderLineSerializer(serializers.ModelSerializer):
    sku = serializers.CharField(source="variant.sku")
    product = serializers.CharField(source="variant.product.name")
    supplier = serializers.CharField(source="variant.product.supplier.name")

    class Meta:
        model = OrderLine
        fields = ["sku", "product", "supplier", "quantity", "unit_price", "total"]


class OrderSerializer(serializers.ModelSerializer):
    customer = serializers.StringRelatedField()
    delivery_address = AddressSerializer()
    lines = OrderLineSerializer(many=True)
    tracking = serializers.SerializerMethodField()

    class Meta:
        model = Order
        fields = [
            "id", "number", "status", "created", "customer", "delivery_address", "lines",
            "total", "item_count", "tracking",
        ]  # fmt: skip

    def get_tracking(self, order):
        shipment = getattr(order, "shipment", None)
        return shipment.tracking if shipment else None


class StockMovementSerializer(serializers.ModelSerializer):
    variant = serializers.StringRelatedField()
    warehouse = serializers.StringRelatedField()
    created_by = serializers.SlugRelatedField("username", read_only=True)

    class Meta:
        model = StockMovement
        fields = ["id", "variant", "warehouse", "quantity", "reason", "occurred", "created_by"]


class NoteSerializer(serializers.ModelSerializer):
    subject = serializers.StringRelatedField()
    kind = serializers.CharField(source="content_type.model")
    author = serializers.SlugRelatedField("username", read_only=True)

    class Meta:
        model = Note
        fields = ["id", "kind", "subject", "author", "body", "created"]
