from decimal import Decimal
from itertools import count
from pathlib import Path

from django.conf import settings
from django.utils.text import slugify

from catalogue.models import Category, Product, ProductImage, Supplier, Tag, Variant
from core.seeding import words
from core.seeding.people import STAFF

PICTURES = 24


def write(seeder):
    categories = list(category_rows())
    seeder.insert(Category, "id name slug parent position description", categories)
    seeder.insert(
        Supplier, "id name slug email country lead_days account_manager", suppliers(seeder)
    )
    seeder.insert(Tag, "id name slug", ((n, t, slugify(t)) for n, t in enumerate(words.TAGS, 1)))
    names = {row[0]: row[1] for row in categories}
    placed = [row[0] for row in categories if row[3]]
    seeder.prices = []
    seeder.insert(
        Product,
        "id name slug sku category supplier description price weight is_published is_featured "
        "added",
        products(seeder, placed, names),
    )
    seeder.insert(Product.tags.through, "id product tag", product_tags(seeder))
    seeder.variants = []
    seeder.insert(Variant, "id product name sku surcharge reorder_level", variants(seeder))
    seeder.insert(ProductImage, "id product file caption position", images(seeder))
    draw_pictures(Path(settings.MEDIA_ROOT) / "products")


def category_rows():
    keys = count(1)

    def level(tree, parent, prefix):
        for position, name in enumerate(tree, 1):
            pk = next(keys)
            slug = slugify(f"{prefix} {name}")
            yield pk, name, slug, parent, position, f"{name}: tried, tuned and guaranteed."
            below = tree[name] if isinstance(tree, dict) else ()
            yield from level(below, pk, slug)

    return level(words.CATEGORIES, None, "")


def suppliers(seeder):
    random = seeder.random
    for pk in range(seeder.size.suppliers):
        maker = words.MAKERS[pk % len(words.MAKERS)]
        name = f"{maker} {words.MAKER_KINDS[pk // len(words.MAKERS) % 4]}"
        slug = slugify(name)
        email = f"sales@{slug}.example"
        country = random.choice(words.COUNTRIES)
        manager = random.randint(1, len(STAFF))
        yield pk + 1, name, slug, email, country, random.randint(2, 30), manager


def products(seeder, categories, category_names):
    random = seeder.random
    for pk in range(1, seeder.size.products + 1):
        category = random.choice(categories)
        name = f"{random.choice(words.ADJECTIVES)} {random.choice(words.MODELS)} {pk % 97 + 3}"
        description = (
            f"{category_names[category]}. {random.choice(words.SENTENCES)} "
            f"{random.choice(words.SENTENCES)}"
        )
        price = Decimal(random.randint(400, 250_000)) / 100
        seeder.prices.append(price)
        yield (
            pk,
            name,
            f"{slugify(name)}-{pk}",
            f"QM-{pk * 7919 % 1_000_000:06d}",
            category,
            random.randint(1, seeder.size.suppliers),
            description,
            price,
            random.randint(20, 15_000),
            random.random() < 0.96,
            random.random() < 0.05,
            seeder.days_ago(900),
        )


def product_tags(seeder):
    keys = count(1)
    tags = range(1, len(words.TAGS) + 1)
    for product in range(1, seeder.size.products + 1):
        for tag in sorted(seeder.random.sample(tags, seeder.random.randint(0, 4))):
            yield next(keys), product, tag


def variants(seeder):
    """One to three for each product; seeder.variants[key - 1] is the price of each."""
    random = seeder.random
    keys = count(1)
    for product, price in enumerate(seeder.prices, 1):
        for number in range(random.choice((1, 2, 2, 3))):
            surcharge = Decimal(number * random.randint(0, 4000)) / 100
            seeder.variants.append(price + surcharge)
            name = words.VARIANTS[(product + number) % len(words.VARIANTS)]
            sku = f"QM-{product * 7919 % 1_000_000:06d}-{number}"
            yield next(keys), product, name, sku, surcharge, random.randint(0, 12)


def images(seeder):
    random = seeder.random
    keys = count(1)
    for product in range(1, seeder.size.products + 1):
        for position in range(random.choice((0, 1, 1, 2, 3))):
            file = f"products/shape-{random.randrange(PICTURES):02d}.svg"
            yield next(keys), product, file, f"View {position + 1}", position


def draw_pictures(folder):
    """Simple pictures, the same for every seed."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(PICTURES):
        hue = number * 360 // PICTURES
        strings = "".join(
            f'<path d="M{40 + 8 * s} 10 Q{60 + number * 3} {80 + 6 * s} {40 + 8 * s} 310"'
            f' stroke="hsl({hue},30%,{30 + s}%)" fill="none"/>'
            for s in range(30)
        )
        (folder / f"shape-{number:02d}.svg").write_text(
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 320">'
            f'<rect width="320" height="320" fill="hsl({hue},60%,85%)"/>'
            f'<ellipse cx="160" cy="200" rx="{60 + number * 3}" ry="90" fill="hsl({hue},45%,55%)"/>'
            f"{strings}</svg>\n",
            encoding="utf-8",
        )
