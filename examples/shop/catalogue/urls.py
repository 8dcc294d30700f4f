from django.urls import path

from catalogue import views

app_name = "catalogue"
urlpatterns = [
    path("categories/", views.categories, name="categories"),
    path("category/<slug:slug>/", views.CategoryView.as_view(), name="category"),
    path("product/<slug:slug>/", views.product, name="product"),
    path("tags/", views.tags, name="tags"),
    path("tags/<slug:slug>/", views.TagView.as_view(), name="tag"),
    path("brands/", views.SupplierListView.as_view(), name="suppliers"),
    path("brands/<slug:slug>/", views.supplier, name="supplier"),
    path("new/", views.new_arrivals, name="new"),
    path("bestsellers/", views.bestsellers, name="bestsellers"),
    path("gallery/", views.GalleryView.as_view(), name="gallery"),
    path("a-z/", views.a_to_z, name="a-to-z"),
    path("search/", views.search, name="search"),
]
