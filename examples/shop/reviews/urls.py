from django.urls import path

from reviews import views

app_name = "reviews"
urlpatterns = [
    path("", views.LatestReviewsView.as_view(), name="latest"),
    path("top-rated/", views.top_rated, name="top-rated"),
    path("by/<int:pk>/", views.reviewer, name="reviewer"),
    path("write/<slug:slug>/", views.WriteReviewView.as_view(), name="write"),
]
