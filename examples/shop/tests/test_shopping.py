from decimal import Decimal

from django.contrib.auth.models import User
from django.core import mail
from django.urls import reverse

from catalogue.models import Product, Variant
from orders.models import Order
from reviews.models import Review
from tests.base import ShopTestCase


class BasketTest(ShopTestCase):
    def setUp(self):
        self.variant = Variant.objects.filter(product__is_published=True).first()

    def put(self, quantity, name="add"):
        data = {"variant": self.variant.pk, "quantity": quantity}
        return self.client.post(reverse(f"basket:{name}"), data, follow=True)

    def test_adding_twice_adds_up(self):
        self.put(1)
        response = self.put(2)
        self.assertContains(response, "Basket (3)")
        self.assertContains(response, f"£{self.variant.price * 3:,.2f}")

    def test_changing_and_emptying(self):
        self.put(1)
        self.assertContains(self.put(7, "update"), "Basket (7)")
        self.assertContains(self.put(0, "update"), "Your basket is empty")

    def test_what_is_not_sold_cannot_be_added(self):
        self.variant = Variant.objects.filter(product__is_published=False).first()
        self.assertContains(self.put(1), "please try again")
        self.assertContains(self.client.get("/basket/"), "Basket (0)")

    def test_adding_is_a_post(self):
        self.assertEqual(self.client.get(reverse("basket:add")).status_code, 405)


class CheckoutTest(ShopTestCase):
    def setUp(self):
        self.client.force_login(self.user)
        self.variants = list(Variant.objects.filter(product__is_published=True)[:2])
        self.address = self.customer.addresses.first()

    def fill_basket(self):
        for quantity, variant in enumerate(self.variants, 1):
            data = {"variant": variant.pk, "quantity": quantity}
            self.client.post(reverse("basket:add"), data)

    def order(self):
        data = {"address": self.address.pk, "comment": "ring twice"}
        return self.client.post(reverse("orders:checkout"), data)

    def test_an_order_from_basket_to_mail(self):
        stock = [variant.stock for variant in self.variants]
        self.fill_basket()
        response = self.order()
        order = Order.objects.latest("pk")
        self.assertRedirects(response, order.get_absolute_url())
        self.assertEqual(order.number, f"Q{order.pk:07d}")
        self.assertEqual([line.quantity for line in order.lines.all()], [1, 2])
        expected = self.variants[0].price + 2 * self.variants[1].price
        self.assertEqual(order.total, expected)
        self.assertEqual([variant.stock for variant in self.variants], [stock[0] - 1, stock[1] - 2])
        self.assertContains(self.client.get("/basket/"), "Your basket is empty")

    def test_mail_to_customer_and_staff(self):
        self.fill_basket()
        self.order()
        order = Order.objects.latest("pk")
        mails = {message.subject: message for message in mail.outbox}
        confirmation = mails[f"Your order {order.number}"]
        self.assertEqual(confirmation.to, [self.user.email])
        self.assertIn(f"Total: £{order.total:,.2f}", confirmation.body)
        self.assertIn(f"{order.weight} g", mails[f"New order {order.number}"].body)
        low = [variant for variant in self.variants if variant.needs_reorder]
        self.assertEqual(
            sorted(subject for subject in mails if subject.startswith("Low stock")),
            sorted(f"Low stock: {variant}" for variant in low),
        )

    def test_low_stock_is_reported(self):
        Variant.objects.update(reorder_level=1000)
        self.fill_basket()
        self.order()
        self.assertEqual(len(mail.outbox), 4)

    def test_an_empty_basket_cannot_be_ordered(self):
        self.assertRedirects(self.order(), reverse("basket:show"))
        self.assertEqual(mail.outbox, [])

    def test_other_peoples_addresses_are_refused(self):
        self.fill_basket()
        self.address = self.customer.addresses.model.objects.exclude(customer=self.customer).first()
        self.assertEqual(self.order().status_code, 200)
        self.assertEqual(mail.outbox, [])

    def test_strangers_log_in_first(self):
        self.client.logout()
        self.assertEqual(self.order().status_code, 302)
        self.assertEqual(mail.outbox, [])


class AccountTest(ShopTestCase):
    def test_the_documented_password(self):
        for username in ("admin", "mabel", "customer1"):
            with self.subTest(username):
                self.assertTrue(self.client.login(username=username, password="manouche"))

    def test_signing_up_makes_a_customer(self):
        data = {
            "username": "babik", "first_name": "Babik", "last_name": "R", "email": "b@r.example",
            "password1": "a-long-enough-one", "password2": "a-long-enough-one",
        }  # fmt: skip
        response = self.client.post(reverse("sign-up"), data)
        self.assertRedirects(response, reverse("customers:account"))
        customer = User.objects.get(username="babik").customer
        self.assertEqual(customer.total_spent, Decimal(0))

    def test_writing_a_review(self):
        self.client.force_login(self.user)
        product = Product.published.first()
        url = reverse("reviews:write", args=[product.slug])
        self.assertEqual(self.client.get(url).status_code, 200)
        response = self.client.post(url, {"rating": 5, "title": "Grand", "body": "It swings."})
        self.assertRedirects(response, product.get_absolute_url())
        review = Review.objects.get(title="Grand")
        self.assertEqual((review.product, review.author), (product, self.user))
        self.assertEqual(self.client.post(url, {"rating": 6}).status_code, 200)

    def test_contact_sends_mail(self):
        data = {"name": "Emil", "email": "emil@mail.example", "message": "Do you repair bows?"}
        self.assertRedirects(self.client.post("/contact/", data), "/contact/")
        self.assertEqual(mail.outbox[0].body, "Do you repair bows?")
