from django.urls import include, path
from rest_framework.routers import DefaultRouter

from api import views

router = DefaultRouter()
router.register("categories", views.CategoryViewSet)
router.register("tags", views.TagViewSet)
router.register("suppliers", views.SupplierViewSet)
router.register("products", views.ProductViewSet, basename="product")
router.register("reviews", views.ReviewViewSet)
router.register("orders", views.OrderViewSet, basename="order")
router.register("customers", views.CustomerViewSet)
router.register("movements", views.StockMovementViewSet)
router.register("notes", views.NoteViewSet)

app_name = "api"
urlpatterns = [
    path("feed/", views.FeedView.as_view(), name="feed"),
    path("", include(router.urls)),
]
