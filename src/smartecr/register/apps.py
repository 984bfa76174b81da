"""Django's handle on the register."""

from django.apps import AppConfig


class RegisterConfig(AppConfig):
    name = "smartecr.register"
    label = "register"
