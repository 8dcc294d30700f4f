from catalogue.models import Category, Product
from orders.models import Order
from tests.base import ShopTestCase

PUBLIC = ["categories", "tags", "suppliers", "products", "reviews"]
STAFF = ["customers", "movements", "notes"]


class ApiTest(ShopTestCase):
    def get(self, path, **query):
        response = self.client.get(f"/api/{path}", query)
        self.assertEqual(response.status_code, 200, response.content[:200])
        return response.json()

    def test_lists_and_first_entries(self):
        self.client.force_login(self.clerk)
        for name in [*PUBLIC, *STAFF, "orders"]:
            with self.subTest(name):
                page = self.get(f"{name}/")
                self.assertEqual(set(page), {"count", "next", "previous", "results"})
                entry = page["results"][0]
                key = entry["slug"] if name == "categories" else entry["id"]
                self.assertEqual(self.get(f"{name}/{key}/"), entry)

    def test_strangers(self):
        for name in PUBLIC:
            self.get(f"{name}/")
        for name in [*STAFF, "orders"]:
            with self.subTest(name):
                self.assertEqual(self.client.get(f"/api/{name}/").status_code, 403)

    def test_root_lists_the_router(self):
        self.assertEqual(set(self.get("")), {*PUBLIC, *STAFF, "orders"})

    def test_product(self):
        product = Product.published.filter(variants__isnull=False, tags__isnull=False).first()
        data = self.get(f"products/{product.pk}/")
        self.assertEqual(data["category"], str(product.category))
        self.assertEqual(data["supplier"]["slug"], product.supplier.slug)
        self.assertEqual(data["tags"], [tag.slug for tag in product.tags.all()])
        self.assertEqual(
            [variant["stock"] for variant in data["variants"]],
            [variant.stock for variant in product.variants.all()],
        )
        self.assertEqual(set(data["rating"]), {"average", "reviews"})

    def test_products_of_a_category(self):
        category = Product.published.first().category
        page = self.get("products/", category=category.slug)
        self.assertEqual(page["count"], Product.published.filter(category=category).count())

    def test_category_path(self):
        leaf = Category.objects.filter(parent__parent__isnull=False).first()
        data = self.get(f"categories/{leaf.slug}/")
        self.assertEqual(data["path"], [step.slug for step in leaf.breadcrumbs])
        self.assertEqual(len(data["path"]), 3)

    def test_customers_see_their_own_orders(self):
        self.client.force_login(self.user)
        page = self.get("orders/")
        self.assertEqual(page["count"], self.customer.orders.count())
        order = Order.objects.get(pk=page["results"][0]["id"])
        self.assertEqual(len(page["results"][0]["lines"]), order.lines.count())
        other = Order.objects.exclude(customer=self.customer).first()
        self.assertEqual(self.client.get(f"/api/orders/{other.pk}/").status_code, 404)

    def test_nothing_can_be_written(self):
        self.client.force_login(self.admin)
        self.assertEqual(self.client.post("/api/products/", {}).status_code, 405)

    def test_feed(self):
        feed = self.get("feed/")
        self.assertEqual(len(feed), Product.published.count())
        self.assertEqual(feed[0]["currency"], "GBP")

    def test_browsable_pages(self):
        self.assertContains(self.client.get("/api/products/?format=api"), "<html")
