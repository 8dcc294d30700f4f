from django.urls import reverse

from catalogue.models import Category, Product, Supplier, Tag
from orders.models import Order
from reviews.models import Review
from tests.base import ShopTestCase

PUBLIC = [
    "home", "core:about", "core:delivery", "core:contact", "catalogue:categories",
    "catalogue:tags", "catalogue:suppliers", "catalogue:new", "catalogue:bestsellers",
    "catalogue:gallery", "catalogue:a-to-z", "catalogue:search", "reviews:latest",
    "reviews:top-rated", "basket:show", "orders:track", "login", "sign-up",
]  # fmt: skip
PERSONAL = ["customers:account", "customers:reviews", "customers:bought", "orders:history"]
STAFF = [
    "overview", "orders", "picking", "sales", "months", "products", "stock", "movements",
    "suppliers", "customers", "notes", "reviews", "export-orders", "export-stock",
]  # fmt: skip
ADMIN = [
    "catalogue_category", "catalogue_supplier", "catalogue_tag", "catalogue_product",
    "catalogue_variant", "customers_customer", "orders_order", "orders_shipment",
    "reviews_review", "inventory_warehouse", "inventory_stockmovement", "notes_note",
]  # fmt: skip


def body(response):
    return response.getvalue().decode()


class PublicPagesTest(ShopTestCase):
    def test_every_page_answers_everybody(self):
        for user in (None, self.user, self.clerk):
            if user:
                self.client.force_login(user)
            for name in PUBLIC:
                with self.subTest(name, user=user):
                    self.assertEqual(self.client.get(reverse(name)).status_code, 200)

    def test_pages_of_objects(self):
        pages = [
            *Category.objects.all()[:12],
            *Product.published.all()[:12],
            *Supplier.objects.all()[:3],
            *Tag.objects.all()[:3],
            self.customer,
        ]
        for page in pages:
            with self.subTest(page=page):
                self.assertEqual(self.client.get(page.get_absolute_url()).status_code, 200)

    def test_category_page_lists_its_products(self):
        category = Category.objects.get(slug="guitars")
        response = self.client.get(category.get_absolute_url())
        products = Product.published.in_category(category).order_by("name", "pk")
        self.assertEqual(list(response.context["products"]), list(products[:36]))
        for product in products[:36]:
            self.assertContains(response, product.get_absolute_url())

    def test_menu_shows_two_levels(self):
        text = body(self.client.get("/about/"))
        for category in Category.objects.filter(parent__parent=None):
            self.assertIn(category.get_absolute_url(), text)

    def test_product_page(self):
        product = Review.objects.filter(is_approved=True).first().product
        response = self.client.get(product.get_absolute_url())
        for review in product.reviews.filter(is_approved=True)[:20]:
            self.assertContains(response, review.author.customer.display_name)
        for variant in product.variants.all():
            self.assertContains(response, f"{variant.name}, £{variant.price:,.2f}")

    def test_unpublished_products_are_hidden(self):
        product = Product.objects.filter(is_published=False).first()
        self.assertEqual(self.client.get(product.get_absolute_url()).status_code, 404)
        self.assertNotContains(self.client.get("/a-z/"), f"/{product.slug}/")

    def test_search_looks_into_names_texts_and_tags(self):
        response = self.client.get("/search/", {"q": "nuages"})
        found = response.context["page_obj"].paginator.count
        self.assertEqual(found, Product.published.filter(name__icontains="nuages").count())
        self.assertGreater(found, 0)
        self.assertContains(self.client.get("/search/", {"q": "bebop"}), "/tags/bebop/")
        self.assertContains(self.client.get("/search/", {"q": "no such thing"}), "0 found")

    def test_bestsellers_are_in_order(self):
        sold = [row["sold"] for row in self.client.get("/bestsellers/").context["rows"]]
        self.assertEqual(sold, sorted(sold, reverse=True))
        self.assertEqual(len(sold), 20)

    def test_the_same_page_twice_is_the_same(self):
        for url in ("/", "/category/guitars/", "/reviews/top-rated/", "/gallery/"):
            with self.subTest(url):
                self.assertEqual(body(self.client.get(url)), body(self.client.get(url)))

    def test_static_and_media_files(self):
        for url, kind in (
            ("/static/shop/shop.css", "text/css"),
            ("/static/shop/logo.svg", "image/svg+xml"),
            ("/media/products/shape-03.svg", "image/svg+xml"),
        ):
            with self.subTest(url):
                response = self.client.get(url)
                self.assertEqual(response["Content-Type"], kind)
                self.assertGreater(len(response.getvalue()), 100)

    def test_what_does_not_exist(self):
        for url in ("/nowhere/", "/category/nowhere/", "/product/nowhere/", "/static/no.css"):
            with self.subTest(url):
                self.assertEqual(self.client.get(url).status_code, 404)


class PersonalPagesTest(ShopTestCase):
    def test_strangers_are_sent_to_the_login(self):
        for name in PERSONAL:
            with self.subTest(name):
                url = reverse(name)
                self.assertRedirects(self.client.get(url), f"{reverse('login')}?next={url}")

    def test_customers_see_their_pages(self):
        self.client.force_login(self.user)
        for name in PERSONAL:
            with self.subTest(name):
                self.assertEqual(self.client.get(reverse(name)).status_code, 200)

    def test_a_user_who_is_no_customer(self):
        self.client.force_login(self.clerk)
        for name in PERSONAL:
            with self.subTest(name):
                self.assertEqual(self.client.get(reverse(name)).status_code, 200)

    def test_one_sees_only_ones_own_orders(self):
        mine = Order.objects.filter(customer=self.customer).first()
        other = Order.objects.exclude(customer=self.customer).first()
        self.client.force_login(self.user)
        for url in (mine.get_absolute_url(), reverse("orders:invoice", args=[mine.number])):
            self.assertContains(self.client.get(url), f"£{mine.total:,.2f}")
        self.assertEqual(self.client.get(other.get_absolute_url()).status_code, 404)
        self.client.force_login(self.clerk)
        self.assertEqual(self.client.get(other.get_absolute_url()).status_code, 200)

    def test_tracking_needs_number_and_address(self):
        order = Order.objects.filter(shipment__isnull=False).first()
        query = {"number": order.number, "email": order.customer.user.email.upper()}
        self.assertContains(self.client.get("/orders/track/", query), order.shipment.tracking)
        query["email"] = "somebody@else.example"
        self.assertContains(self.client.get("/orders/track/", query), "no such order")


class StaffPagesTest(ShopTestCase):
    def urls(self):
        yield from (reverse(f"dashboard:{name}") for name in STAFF)
        yield reverse("dashboard:customer", args=[self.customer.pk])
        yield reverse("dashboard:reorder", args=[Supplier.objects.first().slug])

    def test_customers_stay_outside(self):
        self.client.force_login(self.user)
        for url in self.urls():
            with self.subTest(url):
                self.assertIn(self.client.get(url).status_code, (302, 403))

    def test_the_staff_comes_in(self):
        self.client.force_login(self.clerk)
        for url in self.urls():
            with self.subTest(url):
                self.assertEqual(self.client.get(url).status_code, 200)

    def test_orders_by_status(self):
        self.client.force_login(self.clerk)
        response = self.client.get("/dashboard/orders/", {"status": "paid"})
        self.assertEqual({order.status for order in response.context["page_obj"]}, {"paid"})

    def test_sales_of_a_day_add_up(self):
        self.client.force_login(self.clerk)
        context = self.client.get("/dashboard/sales/", {"day": "2026-10-30"}).context
        by_category = sum(row["turnover"] for _, row in context["categories"])
        self.assertEqual(by_category, sum(turnover for _, turnover in context["suppliers"]))

    def test_approving_a_review(self):
        review = Review.objects.filter(is_approved=False).first()
        url = reverse("dashboard:approve", args=[review.pk])
        self.client.force_login(self.user)
        self.client.post(url)
        review.refresh_from_db()
        self.assertFalse(review.is_approved)
        self.client.force_login(self.clerk)
        self.assertRedirects(self.client.post(url), reverse("dashboard:reviews"))
        review.refresh_from_db()
        self.assertTrue(review.is_approved)


class AdminTest(ShopTestCase):
    def test_lists_forms_and_searches(self):
        self.client.force_login(self.admin)
        for name in ADMIN:
            with self.subTest(name):
                url = reverse(f"admin:{name}_changelist")
                self.assertEqual(self.client.get(url, {"q": "a"}).status_code, 200)
                self.assertEqual(self.client.get(f"{url}add/").status_code, 200)
                self.assertEqual(self.client.get(f"{url}1/change/").status_code, 200)
