"""Django's handle on the insights."""

from django.apps import AppConfig


class InsightsConfig(AppConfig):
    name = "smartecr.insights"
    label = "insights"
