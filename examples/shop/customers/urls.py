from django.urls import include, path

from customers import views

account = (
    [
        path("", views.account, name="account"),
        path("reviews/", views.my_reviews, name="reviews"),
        path("bought/", views.bought, name="bought"),
    ],
    "customers",
)

urlpatterns = [
    path("login/", views.LoginView.as_view(), name="login"),
    path("logout/", views.LogoutView.as_view(), name="logout"),
    path("sign-up/", views.SignUpView.as_view(), name="sign-up"),
    path("", include(account)),
]
