from django.urls import path

from dashboard import exports, views

app_name = "dashboard"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("orders/", views.orders, name="orders"),
    path("picking/", views.PickingView.as_view(), name="picking"),
    path("sales/", views.sales, name="sales"),
    path("months/", views.months, name="months"),
    path("products/", views.ProductListView.as_view(), name="products"),
    path("stock/", views.StockView.as_view(), name="stock"),
    path("movements/", views.MovementListView.as_view(), name="movements"),
    path("suppliers/", views.suppliers, name="suppliers"),
    path("suppliers/<slug:slug>/reorder/", views.reorder, name="reorder"),
    path("customers/", views.CustomerListView.as_view(), name="customers"),
    path("customers/<int:pk>/", views.customer, name="customer"),
    path("notes/", views.NoteListView.as_view(), name="notes"),
    path("reviews/", views.ReviewQueueView.as_view(), name="reviews"),
    path("reviews/<int:pk>/approve/", views.approve, name="approve"),
    path("export/orders.csv", exports.orders, name="export-orders"),
    path("export/stock.csv", exports.stock, name="export-stock"),
]
