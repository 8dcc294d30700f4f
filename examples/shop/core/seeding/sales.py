from datetime import timedelta
from itertools import count

from django.contrib.contenttypes.models import ContentType

from catalogue.models import Product, Supplier
from core.seeding import bulk, words
from core.seeding.people import FIRST_CUSTOMER_USER, STAFF
from customers.models import Customer
from inventory.models import StockMovement, Warehouse
from notes.models import Note
from orders.models import Order, OrderLine, Shipment
from reviews.models import Review

STATUSES = ["shipped"] * 15 + ["paid"] * 2 + ["new"] + ["cancelled"] * 2


def write(seeder):
    seeder.insert(
        Review, "id product author rating title body created is_approved", reviews(seeder)
    )
    orders = bulk.write(seeder, seeder.today) if seeder.size.bulk else write_orders(seeder)
    seeder.insert(Warehouse, "id name city", ((n, *w) for n, w in enumerate(words.WAREHOUSES, 1)))
    seeder.insert(
        StockMovement,
        "id variant warehouse quantity reason occurred created_by",
        movements(seeder),
    )
    seeder.insert(Note, "id content_type object_id author body created", notes(seeder, orders))


def write_orders(seeder):
    orders, lines = invent_orders(seeder)
    seeder.insert(Order, "id number customer delivery_address status created comment", orders)
    seeder.insert(OrderLine, "id order variant quantity unit_price", lines)
    seeder.insert(Shipment, "id order carrier tracking shipped", shipments(seeder, orders))
    return len(orders)


def reviews(seeder):
    random = seeder.random
    keys = count(1)
    for product in range(1, seeder.size.products + 1):
        for _ in range(min(12, int(random.expovariate(0.35)))):
            yield (
                next(keys),
                product,
                FIRST_CUSTOMER_USER - 1 + seeder.regular(seeder.size.customers),
                random.choice((1, 2, 3, 3, 4, 4, 4, 5, 5, 5, 5)),
                random.choice(words.REVIEW_TITLES),
                random.choice(words.SENTENCES),
                seeder.days_ago(800),
                random.random() < 0.95,
            )


def invent_orders(seeder):
    random = seeder.random
    orders, lines = [], []
    moments = sorted(seeder.days_ago(720) for _ in range(seeder.size.lines))
    while len(lines) < seeder.size.lines:
        pk = len(orders) + 1
        customer = seeder.regular(seeder.size.customers)
        moment = moments[len(lines)]
        status = random.choice(STATUSES)
        orders.append((pk, f"Q{pk:07d}", customer, customer, status, moment, ""))
        for _ in range(min(random.randint(1, 6), seeder.size.lines - len(lines))):
            variant = int(random.random() * len(seeder.variants))
            quantity = random.choice((1, 1, 1, 1, 2, 2, 3, 5))
            price = seeder.variants[variant]
            lines.append((len(lines) + 1, pk, variant + 1, quantity, price))
    return orders, lines


def shipments(seeder, orders):
    random = seeder.random
    keys = count(1)
    for pk, _, _, _, status, created, _ in orders:
        if status == "shipped":
            tracking = f"TR{random.randrange(10**9):09d}"
            yield (
                next(keys),
                pk,
                random.choice(words.CARRIERS),
                tracking,
                created + timedelta(hours=random.randint(4, 72)),
            )


def movements(seeder):
    random = seeder.random
    keys = count(1)
    for variant in range(1, len(seeder.variants) + 1):
        warehouse = random.randint(1, len(words.WAREHOUSES))
        delivered = random.randint(0, 40)
        clerk = random.randint(1, len(STAFF))
        moment = seeder.days_ago(700)
        yield next(keys), variant, warehouse, delivered, "delivery", moment, clerk
        if delivered and random.random() < 0.7:
            sold = -random.randint(1, delivered)
            yield next(keys), variant, warehouse, sold, "sale", seeder.days_ago(300), None
        if random.random() < 0.1:
            yield next(keys), variant, warehouse, 1, "correction", seeder.days_ago(300), clerk


def notes(seeder, orders):
    random = seeder.random
    size = seeder.size
    from orders.models import Order

    subjects = [
        (ContentType.objects.get_for_model(model).pk, most)
        for model, most in (
            (Product, size.products),
            (Order, orders),
            (Customer, size.customers),
            (Supplier, size.suppliers),
        )
    ]
    for pk in range(1, size.notes + 1):
        content_type, most = random.choice(subjects)
        yield (
            pk,
            content_type,
            random.randint(1, most),
            random.randint(1, len(STAFF)),
            random.choice(words.NOTES),
            seeder.days_ago(400),
        )
