from django.contrib import admin

from customers.models import Address, Customer


class AddressInline(admin.TabularInline):
    model = Address
    extra = 0


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):
    list_display = ["__str__", "email", "city", "newsletter", "order_count"]
    list_filter = ["newsletter", "city"]
    list_per_page = 50
    search_fields = ["user__first_name", "user__last_name", "user__email"]
    raw_id_fields = ["user"]
    inlines = [AddressInline]

    def email(self, customer):
        return customer.user.email

    @admin.display(description="orders")
    def order_count(self, customer):
        return customer.orders.count()
