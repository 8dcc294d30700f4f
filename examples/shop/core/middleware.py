from django.utils.functional import SimpleLazyObject

from customers.models import Customer


def get_customer(request):
    if not request.user.is_authenticated:
        return None
    return Customer.objects.filter(user=request.user).first()


class CustomerMiddleware:
    """Sets request.customer, the customer who is logged in, or something false."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.customer = SimpleLazyObject(lambda: get_customer(request))
        return self.get_response(request)
