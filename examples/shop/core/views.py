from django.conf import settings
from django.contrib import messages
from django.core.mail import send_mail
from django.shortcuts import render
from django.urls import reverse_lazy
from django.views.generic import FormView
from django.views.static import serve

from catalogue.models import Product
from core.forms import ContactForm
from reviews.models import Review


def home(request):
    featured = Product.published.filter(is_featured=True).order_by("-added", "pk")[:12]
    reviews = Review.objects.filter(is_approved=True, rating=5)[:6]
    return render(request, "core/home.html", {"featured": featured, "reviews": reviews})


def media(request, path):
    return serve(request, path, document_root=settings.MEDIA_ROOT)


class ContactView(FormView):
    template_name = "core/contact.html"
    form_class = ContactForm
    success_url = reverse_lazy("core:contact")

    def form_valid(self, form):
        data = form.cleaned_data
        send_mail(
            f"Message from {data['name']}",
            data["message"],
            settings.DEFAULT_FROM_EMAIL,
            [settings.ORDERS_EMAIL],
        )
        messages.success(self.request, "Thank you, we will answer within a day.")
        return super().form_valid(form)
