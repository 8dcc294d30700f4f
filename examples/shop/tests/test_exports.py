import csv
import io

from catalogue.models import Supplier, Variant
from dashboard import reports
from orders.models import OrderLine
from tests.base import ShopTestCase


class ExportsTest(ShopTestCase):
    def setUp(self):
        self.client.force_login(self.clerk)

    def rows(self, path, **query):
        response = self.client.get(f"/dashboard/export/{path}", query)
        self.assertEqual(response["Content-Type"], "text/csv; charset=utf-8")
        self.assertIn("attachment", response["Content-Disposition"])
        return list(csv.DictReader(io.StringIO(response.getvalue().decode())))

    def test_orders_of_the_last_day(self):
        rows = self.rows("orders.csv")
        lines = list(reports.lines_of(reports.last_day()))
        self.assertGreater(len(lines), 0)
        self.assertEqual(
            sorted((row["order"], row["sku"]) for row in rows),
            sorted((line.order.number, line.variant.sku) for line in lines),
        )

    def test_orders_of_another_day(self):
        order = OrderLine.objects.first().order
        rows = self.rows("orders.csv", day=order.created.date().isoformat())
        mine = [row for row in rows if row["order"] == order.number]
        self.assertEqual(len(mine), order.lines.count())
        self.assertEqual(mine[0]["customer"], str(order.customer))

    def test_a_day_without_orders_gives_the_headings(self):
        self.assertEqual(self.rows("orders.csv", day="1999-01-01"), [])

    def test_stock(self):
        rows = self.rows("stock.csv")
        self.assertEqual(len(rows), 300)
        variant = Variant.objects.get(sku=rows[5]["sku"])
        self.assertEqual(int(rows[5]["stock"]), variant.stock)

    def test_stock_of_a_supplier(self):
        supplier = Supplier.objects.first()
        rows = self.rows("stock.csv", supplier=supplier.slug)
        self.assertEqual({row["supplier"] for row in rows}, {supplier.name})
