from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.generic import CreateView, ListView

from catalogue.models import Category, Product
from customers.models import Customer
from reviews.models import Review


class LatestReviewsView(ListView):
    queryset = Review.objects.filter(is_approved=True)
    template_name = "reviews/latest.html"
    context_object_name = "reviews"
    paginate_by = 40


def top_rated(request):
    groups = []
    for category in Category.objects.filter(parent=None):
        products = Product.published.in_category(category).order_by("name", "pk")[:25]
        rated = [product for product in products if product.average_rating]
        rated.sort(key=lambda product: product.average_rating, reverse=True)
        groups.append((category, rated[:5]))
    return render(request, "reviews/top_rated.html", {"groups": groups})


def reviewer(request, pk):
    customer = get_object_or_404(Customer, pk=pk)
    reviews = customer.user.reviews.filter(is_approved=True)
    context = {"customer": customer, "reviews": reviews}
    return render(request, "reviews/reviewer.html", context)


class WriteReviewView(LoginRequiredMixin, CreateView):
    model = Review
    fields = ["rating", "title", "body"]
    template_name = "reviews/write.html"

    def dispatch(self, request, *args, **kwargs):
        self.product = get_object_or_404(Product.published, slug=kwargs["slug"])
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(product=self.product, **kwargs)

    def form_valid(self, form):
        form.instance.product = self.product
        form.instance.author = self.request.user
        form.instance.created = timezone.now()
        messages.success(self.request, "Thank you for your review.")
        return super().form_valid(form)

    def get_success_url(self):
        return self.product.get_absolute_url()
