from django.contrib import admin
from django.contrib.staticfiles.views import serve as serve_static
from django.urls import include, path, re_path

from core import views

urlpatterns = [
    path("", views.home, name="home"),
    path("", include("core.urls")),
    path("", include("catalogue.urls")),
    path("reviews/", include("reviews.urls")),
    path("basket/", include("basket.urls")),
    path("orders/", include("orders.urls")),
    path("account/", include("customers.urls")),
    path("dashboard/", include("dashboard.urls")),
    path("api/", include("api.urls")),
    path("admin/", admin.site.urls),
    re_path(r"^static/(?P<path>.+)$", serve_static, {"insecure": True}),
    re_path(r"^media/(?P<path>.+)$", views.media),
]
