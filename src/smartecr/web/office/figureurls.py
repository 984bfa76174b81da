"""Addresses of the pages of figures, below /office/."""

from __future__ import annotations

from django.urls import path

from smartecr.web.office import insights_letters, insights_today, insights_views

urlpatterns = [
    path("today", insights_today.page, name="today"),
    path("figures/<str:name>/keep", insights_views.keep, name="figures-keep"),
    path("figures/views/<int:view_id>/forget", insights_views.forget, name="figures-forget"),
    path("figures/<str:name>.pdf", insights_views.paper_of, name="figures-pdf"),
    path("figures/<str:name>", insights_views.page, name="figures"),
    path("figures/<str:name>/<str:key>.<str:kind>", insights_views.export, name="figures-export"),
    path("letters", insights_letters.letters, name="letters"),
    path("letters/<str:monday>.pdf", insights_letters.letter_of, name="letter"),
    path("letters/<str:monday>.png", insights_letters.picture_of, name="letter-picture"),
    path("insights", insights_views.first, name="insights"),
]
