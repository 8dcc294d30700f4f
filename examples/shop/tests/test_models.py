from datetime import datetime, timezone
from decimal import Decimal

from django.contrib.auth.models import User
from django.test import TestCase

from catalogue.models import Category, Product, ProductImage, Supplier, Tag, Variant
from customers.models import Address, Customer
from inventory.models import StockMovement, Warehouse
from notes.models import Note
from orders.models import Order, OrderLine, Shipment
from reviews.models import Review

NOON = datetime(2026, 5, 1, 12, tzinfo=timezone.utc)


class ModelsTest(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.root = Category.objects.create(name="Brass", slug="brass")
        cls.leaf = Category.objects.create(name="Mutes", slug="mutes", parent=cls.root)
        cls.supplier = Supplier.objects.create(name="Besson", slug="besson", email="b@b.example")
        cls.product = cls.make_product("Plunger", is_published=True)
        cls.variant = Variant.objects.create(
            product=cls.product, name="small", sku="P-1", surcharge=Decimal("1.50")
        )
        cls.user = User.objects.create(username="rosa", first_name="Rosa", last_name="Weiss")
        cls.customer = Customer.objects.create(user=cls.user, joined=NOON)
        cls.address = Address.objects.create(
            customer=cls.customer, line1="1 Quai", city="Lille", postcode="59"
        )

    @classmethod
    def make_product(cls, name, **fields):
        return Product.objects.create(
            name=name, slug=name.lower(), sku=name, category=cls.leaf, supplier=cls.supplier,
            price=Decimal("10.00"), weight=250, added=NOON, **fields,
        )  # fmt: skip

    def make_order(self, status=Order.Status.PAID, quantity=3):
        order = Order.objects.create(
            number="Q1", customer=self.customer, delivery_address=self.address, status=status,
            created=NOON,
        )  # fmt: skip
        OrderLine.objects.create(
            order=order, variant=self.variant, quantity=quantity, unit_price=Decimal("11.50")
        )
        return order

    def test_category_path(self):
        self.assertEqual(str(self.leaf), "Brass › Mutes")
        self.assertEqual(self.leaf.breadcrumbs, [self.root, self.leaf])

    def test_published_manager(self):
        self.make_product("Harmon", is_published=False)
        self.assertEqual(list(Product.published.all()), [self.product])
        self.assertEqual(list(Product.published.in_category(self.root)), [self.product])
        self.assertEqual(Product.objects.count(), 2)

    def test_rating_is_the_mean_or_nothing(self):
        self.assertIsNone(self.product.average_rating)
        for rating in (5, 4, 4):
            Review.objects.create(
                product=self.product, author=self.user, rating=rating, title="x", created=NOON
            )
        self.assertEqual(self.product.average_rating, 4.3)
        self.assertEqual(Review.objects.first().stars, "★★★★☆")
        self.assertEqual(str(Review.objects.first()), "Rosa Weiss on Plunger")

    def test_stock_and_prices(self):
        warehouse = Warehouse.objects.create(name="Main", city="Leeds")
        for quantity in (10, -6):
            movement = StockMovement.objects.create(
                variant=self.variant, warehouse=warehouse, quantity=quantity, occurred=NOON
            )
        self.assertEqual(str(movement), "-6 Plunger, small at Main")
        self.assertEqual(self.variant.stock, 4)
        self.assertTrue(self.variant.needs_reorder)
        self.assertEqual(self.product.stock, 4)
        self.assertEqual(self.variant.price, Decimal("11.50"))
        self.assertEqual(self.product.price_from, Decimal("11.50"))

    def test_price_from_without_variants(self):
        self.assertEqual(self.make_product("Cup").price_from, Decimal("10.00"))

    def test_main_image(self):
        self.assertIsNone(self.product.main_image)
        second = ProductImage.objects.create(product=self.product, file="b.svg", position=2)
        first = ProductImage.objects.create(product=self.product, file="a.svg", position=1)
        self.assertEqual(self.product.main_image, first)
        self.assertEqual(str(second), "Plunger #2")

    def test_order_figures(self):
        order = self.make_order()
        self.assertEqual(order.total, Decimal("34.50"))
        self.assertEqual(order.item_count, 3)
        self.assertEqual(order.weight, 750)
        self.assertEqual(str(order), "Q1 (Rosa Weiss)")
        self.assertEqual(str(order.lines.get()), "3 × Plunger, small")

    def test_an_order_without_lines_costs_nothing(self):
        order = self.make_order()
        order.lines.all().delete()
        self.assertEqual(order.total, Decimal(0))

    def test_total_spent_leaves_unpaid_orders_out(self):
        self.make_order()
        self.make_order(Order.Status.CANCELLED)
        self.make_order(Order.Status.NEW)
        self.assertEqual(self.customer.total_spent, Decimal("34.50"))

    def test_open_orders(self):
        order = self.make_order(Order.Status.NEW)
        self.make_order(Order.Status.SHIPPED)
        self.assertEqual(list(Order.objects.open()), [order])
        self.assertEqual(Order.objects.of(self.customer).count(), 2)

    def test_names(self):
        tag = Tag.objects.create(name="sale", slug="sale")
        shipment = Shipment.objects.create(
            order=self.make_order(), carrier="Night Mail", tracking="T1", shipped=NOON
        )
        note = Note.objects.create(subject=tag, author=self.user, body="x", created=NOON)
        self.assertEqual(self.customer.display_name, "Rosa W.")
        self.assertEqual(str(self.address), "Rosa Weiss, 1 Quai, Lille")
        self.assertEqual(str(shipment), "Night Mail T1 for Q1")
        self.assertEqual(str(note), "rosa on sale")
        self.assertEqual(str(self.product), "Plunger (Mutes)")
