"""Orders by the million: PostgreSQL invents them itself, in its own SQL.

The rows are like those of sales.py; the same size and seed number give the same ones.
"""

from django.db import connection

from catalogue.models import Product, Variant
from core.seeding import words
from orders.models import Order, OrderLine, Shipment

LINES_PER_ORDER = 3.5
ORDERS = """
INSERT INTO {order} (id, number, customer_id, delivery_address_id, status, created, comment)
SELECT n, 'Q' || lpad(n::text, 7, '0'), customer, customer,
  (ARRAY['shipped', 'paid', 'new', 'cancelled'])[CASE
    WHEN chance < 0.75 THEN 1 WHEN chance < 0.85 THEN 2 WHEN chance < 0.9 THEN 3 ELSE 4 END],
  %(today)s::timestamptz - interval '720 days' * ((%(orders)s - n)::float / %(orders)s), ''
FROM (
  SELECT n, 1 + floor(%(customers)s * power(random(), 1.3))::int AS customer, random() AS chance
  FROM generate_series(1, %(orders)s) AS n
) AS invented
"""
LINES = """
INSERT INTO {line} (id, order_id, variant_id, quantity, unit_price)
SELECT n, "order", variant.id, quantity, product.price + variant.surcharge
FROM (
  SELECT n, least(1 + floor((n - 1) / {share})::int, %(orders)s) AS "order",
    1 + floor(random() * %(variants)s)::int AS variant,
    (ARRAY[1, 1, 1, 1, 2, 2, 3, 5])[1 + floor(random() * 8)::int] AS quantity
  FROM generate_series(1, %(lines)s) AS n
) AS invented
JOIN {variant} AS variant ON variant.id = invented.variant
JOIN {product} AS product ON product.id = variant.product_id
"""
SHIPMENTS = """
INSERT INTO {shipment} (id, order_id, carrier, tracking, shipped)
SELECT row_number() OVER (ORDER BY id), id, (%(carriers)s::text[])[1 + floor(random() * 3)::int],
  'TR' || lpad(floor(random() * 1000000000)::bigint::text, 9, '0'),
  created + interval '1 hour' * (4 + floor(random() * 68))
FROM {order} WHERE status = 'shipped'
"""


def write(seeder, today):
    """Orders, their lines and shipments. Returns how many orders there are."""
    values = {
        "today": today,
        "orders": max(1, round(seeder.size.lines / LINES_PER_ORDER)),
        "lines": seeder.size.lines,
        "customers": seeder.size.customers,
        "variants": len(seeder.variants),
        "carriers": words.CARRIERS,
    }
    names = {
        "order": Order, "line": OrderLine, "shipment": Shipment, "variant": Variant,
        "product": Product,
    }  # fmt: skip
    tables = {n: connection.ops.quote_name(model._meta.db_table) for n, model in names.items()}
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(%s)", [seeder.random.random()])
        for model, sql in ((Order, ORDERS), (OrderLine, LINES), (Shipment, SHIPMENTS)):
            cursor.execute(sql.format(**tables, share=LINES_PER_ORDER), values)
            seeder.wrote(model, cursor.rowcount)
    return values["orders"]
