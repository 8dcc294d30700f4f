from rest_framework import generics, permissions, viewsets

from api import serializers
from catalogue.models import Category, Product, Supplier, Tag
from customers.models import Customer
from inventory.models import StockMovement
from notes.models import Note
from orders.models import Order
from reviews.models import Review


class CategoryViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Category.objects.order_by("pk")
    serializer_class = serializers.CategorySerializer
    lookup_field = "slug"


class TagViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Tag.objects.all()
    serializer_class = serializers.TagSerializer


class SupplierViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Supplier.objects.all()
    serializer_class = serializers.SupplierSerializer


class ProductViewSet(viewsets.ReadOnlyModelViewSet):
    serializer_class = serializers.ProductSerializer

    def get_queryset(self):
        products = Product.published.order_by("pk")
        category = self.request.query_params.get("category")
        return products.filter(category__slug=category) if category else products


class ReviewViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Review.objects.filter(is_approved=True)
    serializer_class = serializers.ReviewSerializer


class OrderViewSet(viewsets.ReadOnlyModelViewSet):
    """One's own orders; all of them for the staff."""

    serializer_class = serializers.OrderSerializer
    permission_classes = [permissions.IsAuthenticated]

    def get_queryset(self):
        orders = Order.objects.order_by("-created", "-pk")
        if self.request.user.is_staff:
            return orders
        return orders.filter(customer__user=self.request.user)


class CustomerViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Customer.objects.order_by("pk")
    serializer_class = serializers.CustomerSerializer
    permission_classes = [permissions.IsAdminUser]


class StockMovementViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = StockMovement.objects.order_by("-occurred")
    serializer_class = serializers.StockMovementSerializer
    permission_classes = [permissions.IsAdminUser]


class NoteViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Note.objects.order_by("pk")
    serializer_class = serializers.NoteSerializer
    permission_classes = [permissions.IsAdminUser]


class FeedView(generics.ListAPIView):
    queryset = Product.published.select_related("supplier", "category").order_by("pk")[:2000]
    serializer_class = serializers.FeedSerializer
    pagination_class = None
