from django.urls import path

from orders import views

app_name = "orders"
urlpatterns = [
    path("", views.OrderHistoryView.as_view(), name="history"),
    path("checkout/", views.CheckoutView.as_view(), name="checkout"),
    path("track/", views.track, name="track"),
    path("<str:number>/", views.detail, name="detail"),
    path("<str:number>/invoice/", views.invoice, name="invoice"),
]
