from datetime import timedelta

from django.contrib.auth.models import User

from core.seeding.words import CITIES, COMPANIES, FIRST_NAMES, LAST_NAMES, STREETS
from customers.models import Address, Customer

# make_password("manouche"), which takes too long to do for everybody.
PASSWORD = (
    "pbkdf2_sha256$1000000$quintetquintet12345678$AgIyadmqzwzdar3Ap4mDdm9+2vZYuCpY57h0jLmGozs="
)

STAFF = [
    ("admin", "Stéphane", "Delaunay", True),
    ("mabel", "Mabel", "Ardoin", False),
    ("oscar", "Oscar", "Aleman", False),
]
FIRST_CUSTOMER_USER = len(STAFF) + 1


def write(seeder):
    from core.seeding.shop import TODAY

    start = TODAY - timedelta(days=1500)
    names = [
        (seeder.random.choice(FIRST_NAMES), seeder.random.choice(LAST_NAMES))
        for _ in range(seeder.size.customers)
    ]
    seeder.insert(
        User,
        "id username first_name last_name email password is_superuser is_staff is_active "
        "date_joined",
        [*staff(start), *users(names, start)],
    )
    seeder.insert(
        Customer,
        "id user company phone city newsletter joined",
        customers(seeder, start),
    )
    seeder.insert(
        Address,
        "id customer line1 city postcode country is_default",
        addresses(seeder),
    )


def staff(joined):
    for pk, (username, first, last, is_superuser) in enumerate(STAFF, 1):
        email = f"{username}@quintet.example"
        yield pk, username, first, last, email, PASSWORD, is_superuser, True, True, joined


def users(names, start):
    for number, (first, last) in enumerate(names, 1):
        username = f"customer{number}"
        joined = start + timedelta(hours=number)
        email = f"{username}@mail.example"
        pk = FIRST_CUSTOMER_USER + number - 1
        yield pk, username, first, last, email, PASSWORD, False, False, True, joined


def customers(seeder, start):
    random = seeder.random
    for number in range(1, seeder.size.customers + 1):
        phone = f"+44 20 {random.randrange(10**7):07d}"
        yield (
            number,
            FIRST_CUSTOMER_USER + number - 1,
            random.choice(COMPANIES),
            phone,
            random.choice(CITIES),
            random.random() < 0.4,
            start + timedelta(hours=number),
        )


def addresses(seeder):
    """The default address of customer n has the key n; some have a second one."""
    random = seeder.random
    count = seeder.size.customers
    second = [number for number in range(1, count + 1) if random.random() < 0.3]
    for pk, customer in enumerate([*range(1, count + 1), *second], 1):
        line = f"{random.randint(1, 120)} {random.choice(STREETS)}"
        postcode = f"QM{random.randint(1, 30)} {random.randint(1, 9)}DR"
        yield pk, customer, line, random.choice(CITIES), postcode, "United Kingdom", pk <= count
