"""Addresses of the office, below /office/."""

from __future__ import annotations

from django.urls import path

from smartecr.web.office import (
    articles,
    backups,
    bookurls,
    changes,
    currencies,
    devices,
    figureurls,
    guesturls,
    home,
    interfaceurls,
    labels,
    places,
    prices,
    receipts,
    settings,
    stockurls,
    team,
    tseurls,
)

app_name = "office"
urlpatterns = [
    path("", home.home, name="home"),
    *figureurls.urlpatterns,
    path("find", places.find, name="find"),
    path("sections", home.sections, name="sections"),
    path("receipts", receipts.receipts, name="receipts"),
    path("articles", articles.articles, name="articles"),
    path("articles/new", articles.article, name="article-new"),
    path("articles/table", articles.table, name="article-table"),
    path("articles/groups", articles.groups, name="groups"),
    path("articles/groups/new", articles.group, name="group-new"),
    path("articles/groups/<str:group_id>", articles.group, name="group"),
    path("articles/<str:article_id>", articles.article, name="article"),
    path("articles/<str:article_id>/prices", prices.add, name="article-price"),
    path("articles/<str:article_id>/prices/<str:price_id>/end", prices.end, name="article-price-end"),
    path("labels", labels.labels, name="labels"),
    path("labels/codes", labels.codes, name="labels-codes"),
    *bookurls.urlpatterns,
    *stockurls.urlpatterns,
    path("team", team.team, name="team"),
    path("team/new", team.person, name="person-new"),
    path("team/<str:person_id>", team.person, name="person"),
    path("team/<str:person_id>/pin", team.pin, name="person-pin"),
    path("settings", settings.settings, name="settings"),
    path("settings/currencies", currencies.currencies, name="currencies"),
    path("changes", changes.changes, name="changes"),
    path("changes/<str:entry_id>/undo", changes.undo, name="undo"),
    *guesturls.urlpatterns,
    path("devices", devices.devices, name="devices"),
    path("devices/test/<str:name>", devices.test, name="devices-test"),
    path("backups", backups.backups, name="backups"),
    path("backups/<str:do>", backups.act, name="backups-act"),
    *interfaceurls.urlpatterns,
    *tseurls.urlpatterns,
]
