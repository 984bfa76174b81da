"""Django settings, read from the environment; everything the shop owns lies in one data folder.

SMARTECR_DATA     folder of key, database, TSE twin, exports and logs (default ./data)
DATABASE_URL      empty: SQLite in the data folder; postgresql://user@/name?host=/socket for PostgreSQL
SMARTECR_HOSTS    comma-separated names the server answers to besides loopback
SMARTECR_ADDRESS  public address put into digital receipts (default: the address served)
SMARTECR_CAMERA, SMARTECR_SCANNER, SMARTECR_LABELS  camera, serial scanner and label patterns (see `scan_devices`)
SMARTECR_WEBHOOKS  networks that webhooks may reach beside public https addresses ("127.0.0.0/8, 192.168.178.20/32")
SMARTECR_TSE      virtual, auto, or the TSE of this register (see `tse_device`); its secrets lie in the data folder
"""

from __future__ import annotations

import os
from pathlib import Path

from smartecr.server import database, fonts, secret

DATA = Path(os.environ.get("SMARTECR_DATA") or "data").resolve()
SECRET_KEY = secret.key(DATA)
DEBUG = False
ALLOWED_HOSTS = [
    "localhost",
    "127.0.0.1",
    "[::1]",
    *filter(None, os.environ.get("SMARTECR_HOSTS", "").split(",")),
]
TILL = "smartecr.server.wiring.equipped"
TILL_AT_ONCE = "smartecr.server.wiring.till"
BENCH = "smartecr.server.equipment.twins.bench"
BACKUPS = "smartecr.server.backups.backup_desk.desk"
PUBLIC_ADDRESS = os.environ.get("SMARTECR_ADDRESS", "")
PRINTER = os.environ.get("SMARTECR_PRINTER") or "virtual"
PRINTERS = os.environ.get("SMARTECR_PRINTERS", "")
SCALE = os.environ.get("SMARTECR_SCALE") or "off"
LINE_DISPLAY = os.environ.get("SMARTECR_LINE_DISPLAY") or "off"
DRAWER = os.environ.get("SMARTECR_DRAWER") or "printer"
WEBHOOKS = os.environ.get("SMARTECR_WEBHOOKS", "")
TSE = os.environ.get("SMARTECR_TSE") or "virtual"
CAMERA = os.environ.get("SMARTECR_CAMERA") or "virtual"
SCANNER = os.environ.get("SMARTECR_SCANNER") or "off"
LABELS = os.environ.get("SMARTECR_LABELS", "")
TERMINAL = os.environ.get("SMARTECR_TERMINAL") or "virtual"
CODES = os.environ.get("SMARTECR_CODES") or "virtual"
ONLY_TWINS = all(
    [
        {PRINTER, TERMINAL, CODES, CAMERA} <= {"virtual", "off"},
        {SCALE, LINE_DISPLAY, SCANNER} == {"off"},
        (DRAWER, PRINTERS, LABELS) == ("printer", "", ""),
    ]
)
"""No setting of a device can be wrong: then the devices need not be open before the first answer."""

INSTALLED_APPS = [
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_htmx",
    "smartecr.catalog",
    "smartecr.customers",
    "smartecr.staff",
    "smartecr.register",
    "smartecr.insights",
    "smartecr.web",
    "smartecr.web.api",
]
MIDDLEWARE = [
    "smartecr.web.security.SecurityHeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "smartecr.web.session.StaffMiddleware",
    "smartecr.web.errors.KeysOnlyMiddleware",
]
ROOT_URLCONF = "smartecr.web.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
            ],
            "builtins": ["smartecr.web.templatetags.till"],
        },
    }
]
LOGGING_CONFIG = None  # smartecr.server.logs
DATABASES = {"default": database.configuration(os.environ.get("DATABASE_URL", ""), DATA)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

SESSION_ENGINE = "smartecr.web.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Strict"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_HTTPONLY = False
X_FRAME_OPTIONS = "SAMEORIGIN"

LANGUAGE_CODE = "de"
LANGUAGES = [("de", "Deutsch"), ("en", "English")]
LOCALE_PATHS = [Path(__file__).resolve().parents[1] / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Berlin"

STATIC_URL = "/static/"
STATICFILES_DIRS = [("fonts/inter", folder) for folder in [fonts.inter()] if folder]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "smartecr.web.assets.VersionedStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_ALLOW_ALL_ORIGINS = False
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
