"""hotclub as an installed application: it adds ``manage.py hotclub`` and changes nothing else."""

from django.apps import AppConfig


class HotclubConfig(AppConfig):
    """No models, no signals, no checks, no ``ready()``: being installed has no effect."""

    name = "hotclub"
    label = "hotclub"
    verbose_name = "hotclub"
