from itertools import groupby

from django.core.paginator import Paginator
from django.db.models import F, Q, Sum
from django.shortcuts import get_object_or_404, render
from django.views.generic import ListView

from catalogue.models import Category, Product, ProductImage, Supplier, Tag
from orders.models import Order, OrderLine


def categories(request):
    roots = Category.objects.filter(parent=None)
    return render(request, "catalogue/categories.html", {"roots": roots})


class CategoryView(ListView):
    template_name = "catalogue/category.html"
    context_object_name = "products"
    paginate_by = 36

    def get_queryset(self):
        self.category = get_object_or_404(Category, slug=self.kwargs["slug"])
        return Product.published.in_category(self.category).order_by("name", "pk")

    def get_context_data(self, **kwargs):
        return super().get_context_data(category=self.category, **kwargs)


def product(request, slug):
    product = get_object_or_404(Product.published, slug=slug)
    related = Product.published.filter(category=product.category).exclude(pk=product.pk)[:8]
    context = {
        "product": product,
        "reviews": product.reviews.filter(is_approved=True)[:20],
        "related": related,
        "also_bought": also_bought(product),
    }
    return render(request, "catalogue/product.html", context)


def also_bought(product, limit=6):
    orders = (
        Order.objects.filter(lines__variant__product=product)
        .distinct()
        .order_by("-created", "pk")[:12]
    )
    found = {}
    for order in orders:
        for line in order.lines.all():
            other = line.variant.product
            if other.pk != product.pk and other.is_published:
                found.setdefault(other.pk, other)
    return list(found.values())[:limit]


def tags(request):
    cloud = []
    for tag in Tag.objects.all():
        count = tag.products.filter(is_published=True).count()
        if count:
            cloud.append({"tag": tag, "count": count, "size": min(5, 1 + count // 100)})
    return render(request, "catalogue/tags.html", {"cloud": cloud})


class TagView(ListView):
    template_name = "catalogue/tag.html"
    context_object_name = "products"
    paginate_by = 36

    def get_queryset(self):
        self.tag = get_object_or_404(Tag, slug=self.kwargs["slug"])
        return self.tag.products.filter(is_published=True).order_by("name", "pk")

    def get_context_data(self, **kwargs):
        return super().get_context_data(tag=self.tag, **kwargs)


class SupplierListView(ListView):
    model = Supplier
    template_name = "catalogue/suppliers.html"
    context_object_name = "suppliers"


def supplier(request, slug):
    supplier = get_object_or_404(Supplier, slug=slug)
    paginator = Paginator(Product.published.filter(supplier=supplier).order_by("name", "pk"), 48)
    page = paginator.get_page(request.GET.get("page"))
    return render(request, "catalogue/supplier.html", {"supplier": supplier, "page_obj": page})


def new_arrivals(request):
    products = Product.published.order_by("-added", "pk")[:48]
    return render(request, "catalogue/new.html", {"products": products})


def bestsellers(request):
    totals = (
        OrderLine.objects.exclude(order__status=Order.Status.CANCELLED)
        .values("variant__product")
        .annotate(sold=Sum("quantity"), turnover=Sum(F("quantity") * F("unit_price")))
        .order_by("-sold", "variant__product")[:20]
    )
    rows = []
    for total in totals:
        product = Product.objects.get(pk=total["variant__product"])
        rows.append({"product": product, "sold": total["sold"]})
    return render(request, "catalogue/bestsellers.html", {"rows": rows})


class GalleryView(ListView):
    template_name = "catalogue/gallery.html"
    context_object_name = "images"
    paginate_by = 60
    queryset = ProductImage.objects.filter(position=0).order_by("pk")


def a_to_z(request):
    products = Product.published.order_by("name", "pk")
    letters = [
        (letter, list(group)) for letter, group in groupby(products, lambda p: p.name[0].upper())
    ]
    return render(request, "catalogue/a_to_z.html", {"letters": letters})


def search(request):
    query = request.GET.get("q", "").strip()
    products = Product.published.none()
    if query:
        products = (
            Product.published.filter(
                Q(name__icontains=query)
                | Q(description__icontains=query)
                | Q(tags__name__icontains=query)
            )
            .distinct()
            .order_by("name", "pk")
        )
    page = Paginator(products, 24).get_page(request.GET.get("page"))
    return render(request, "catalogue/search.html", {"query": query, "page_obj": page})
