"""Django's handle on the interface: what it remembers of its own work. None of it belongs to the books."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "smartecr.web.api"
    label = "api"
