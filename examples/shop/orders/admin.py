from django.contrib import admin

from orders.models import Order, OrderLine, Shipment


class OrderLineInline(admin.TabularInline):
    model = OrderLine
    extra = 0
    raw_id_fields = ["variant"]


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    list_display = ["number", "customer_name", "city", "status", "created", "items", "total"]
    list_filter = ["status"]
    list_per_page = 50
    search_fields = ["number"]
    raw_id_fields = ["customer", "delivery_address"]
    inlines = [OrderLineInline]

    @admin.display(description="customer")
    def customer_name(self, order):
        return str(order.customer)

    def city(self, order):
        return order.delivery_address.city

    def items(self, order):
        return order.item_count


@admin.register(Shipment)
class ShipmentAdmin(admin.ModelAdmin):
    list_display = ["__str__", "customer", "shipped"]
    list_per_page = 50
    raw_id_fields = ["order"]

    def customer(self, shipment):
        return shipment.order.customer
