from decimal import Decimal

from catalogue.models import Variant

SESSION_KEY = "basket"


class Line:
    def __init__(self, variant, quantity):
        self.variant = variant
        self.quantity = quantity

    @property
    def total(self):
        return self.variant.price * self.quantity


class Basket:
    """The basket in the visitor's session: quantities by variant id."""

    def __init__(self, request):
        self.session = request.session
        self.quantities = self.session.get(SESSION_KEY, {})

    def __len__(self):
        return sum(self.quantities.values())

    def __bool__(self):
        return bool(self.quantities)

    def __iter__(self):
        for variant_id, quantity in self.quantities.items():
            variant = Variant.objects.filter(pk=variant_id).first()
            if variant:
                yield Line(variant, quantity)

    @property
    def total(self):
        return sum((line.total for line in self), Decimal(0))

    def add(self, variant, quantity=1):
        self.set(variant, self.quantities.get(str(variant.pk), 0) + quantity)

    def set(self, variant, quantity):
        if quantity > 0:
            self.quantities[str(variant.pk)] = quantity
        else:
            self.quantities.pop(str(variant.pk), None)
        self.session[SESSION_KEY] = self.quantities

    def clear(self):
        self.quantities = {}
        self.session.pop(SESSION_KEY, None)
