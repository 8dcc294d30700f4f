import csv

from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.dateparse import parse_date

from catalogue.models import Variant
from dashboard import reports


@staff_member_required
def orders(request):
    day = parse_date(request.GET.get("day", "")) or reports.last_day()
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="orders-{day}.csv"'
    writer = csv.writer(response)
    writer.writerow(
        ["order", "status", "customer", "email", "postcode", "sku", "product", "supplier",
         "quantity", "price", "tracking"]
    )  # fmt: skip
    for order in reports.orders_of(day):
        shipment = getattr(order, "shipment", None)
        for line in order.lines.all():
            writer.writerow(
                [
                    order.number,
                    order.status,
                    order.customer,
                    order.customer.user.email,
                    order.delivery_address.postcode,
                    line.variant.sku,
                    line.variant.product.name,
                    line.variant.product.supplier.name,
                    line.quantity,
                    line.unit_price,
                    shipment.tracking if shipment else "",
                ]
            )
    return response


class Echo:
    def write(self, value):
        return value


@staff_member_required
def stock(request):
    """Stock of the variants of one supplier, or the first 300."""
    variants = Variant.objects.order_by("pk")
    supplier = request.GET.get("supplier")
    variants = variants.filter(product__supplier__slug=supplier) if supplier else variants[:300]

    def rows():
        yield ["sku", "product", "variant", "category", "supplier", "stock", "price"]
        for variant in variants:
            product = variant.product
            yield [
                variant.sku,
                product.name,
                variant.name,
                product.category.name,
                product.supplier.name,
                variant.stock,
                variant.price,
            ]

    writer = csv.writer(Echo())
    return StreamingHttpResponse(
        (writer.writerow(row) for row in rows()),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="stock.csv"'},
    )
