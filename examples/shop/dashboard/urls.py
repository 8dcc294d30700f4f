from django.contrib.admin.views.decorators import staff_member_required
from django.urls import path
from django.views.generic import TemplateView

app_name = "dashboard"
urlpatterns = [
    path(
        "",
        staff_member_required(TemplateView.as_view(template_name="dashboard/overview.html")),
        name="overview",
    ),
]
