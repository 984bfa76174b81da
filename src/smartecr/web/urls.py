"""All addresses: the till at the root, and each other part below its name; what people type needs no last slash."""

from __future__ import annotations

from django.urls import include, path
from django.views.generic import RedirectView

from smartecr.web import errors
from smartecr.web.office import articles, setup

TYPED = ("api", "audit", "device", "display", "office")

urlpatterns = [
    *(path(name, RedirectView.as_view(url=f"/{name}/", query_string=True)) for name in TYPED),
    path("", include("smartecr.web.till.urls")),
    path("display/", include("smartecr.web.display.urls")),
    path("camera/", include("smartecr.web.camera.urls")),
    path("g/", include("smartecr.web.guest.urls")),
    path("api/", include("smartecr.web.api.urls")),
    path("device/", include("smartecr.web.device.urls")),
    path("r/", include("smartecr.web.receipt.urls")),
    path("setup", setup.setup, name="setup"),
    path("pictures/<str:name>", articles.picture, name="picture"),
    path("audit/", include("smartecr.web.audit.urls")),
    path("office/", include("smartecr.web.office.urls")),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
