"""A backend that answers for single objects, as those of installed packages do."""

from django.contrib.auth.backends import BaseBackend

from .models import Grant


class GrantBackend(BaseBackend):
    def has_perm(self, user_obj, perm, obj=None):
        if obj is None:
            return False
        return Grant.objects.filter(user=user_obj, band=obj).first() is not None
