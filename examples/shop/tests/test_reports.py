from datetime import date
from decimal import Decimal

from django.db.models import F, Sum

from dashboard import reports
from orders.models import Order, OrderLine
from tests.base import ShopTestCase


class ReportsTest(ShopTestCase):
    def test_last_day(self):
        self.assertLessEqual(reports.last_day(), date(2026, 10, 31))
        self.assertTrue(reports.orders_of(reports.last_day()).exists())

    def test_months_agree_with_the_database(self):
        rows = reports.months(30)
        lines = OrderLine.objects.exclude(order__status=Order.Status.CANCELLED)
        total = lines.aggregate(total=Sum(F("quantity") * F("unit_price")))["total"]
        self.assertEqual(sum(row["turnover"] for row in rows), total.quantize(Decimal("0.01")))
        self.assertEqual(sum(row["lines"] for row in rows), lines.count())
        self.assertEqual([row["month"].day for row in rows], [1] * 30)

    def test_without_any_order(self):
        OrderLine.objects.all().delete()
        Order.objects.all().delete()
        self.assertEqual(reports.sales_by_category(reports.last_day()), [])
        self.assertEqual(reports.months(2)[0]["turnover"], 0)
