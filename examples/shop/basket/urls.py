from django.urls import path

from basket import views

app_name = "basket"
urlpatterns = [
    path("", views.show, name="show"),
    path("add/", views.add, name="add"),
    path("update/", views.update, name="update"),
]
