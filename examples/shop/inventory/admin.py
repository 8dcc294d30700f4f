from django.contrib import admin

from inventory.models import StockMovement, Warehouse


@admin.register(Warehouse)
class WarehouseAdmin(admin.ModelAdmin):
    list_display = ["name", "city"]


@admin.register(StockMovement)
class StockMovementAdmin(admin.ModelAdmin):
    list_display = ["__str__", "reason", "occurred", "clerk"]
    list_filter = ["reason", "warehouse"]
    list_per_page = 50
    raw_id_fields = ["variant", "created_by"]

    def clerk(self, movement):
        return movement.created_by.get_full_name() if movement.created_by else ""
