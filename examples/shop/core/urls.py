from django.urls import path
from django.views.generic import TemplateView

from core import views

app_name = "core"
urlpatterns = [
    path("about/", TemplateView.as_view(template_name="core/about.html"), name="about"),
    path("delivery/", TemplateView.as_view(template_name="core/delivery.html"), name="delivery"),
    path("contact/", views.ContactView.as_view(), name="contact"),
]
