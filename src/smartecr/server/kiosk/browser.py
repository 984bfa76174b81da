"""How Chromium is started as an appliance: flags for one window, and the policy that holds for all of them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from smartecr.server.kiosk.screens import Screen

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--kiosk",
    "--no-first-run",
    "--no-default-browser-check",
    "--noerrdialogs",
    "--disable-session-crashed-bubble",
    "--hide-crash-restore-bubble",
    "--disable-infobars",
    "--disable-pinch",
    "--overscroll-history-navigation=0",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-features=Translate,MediaRouter",
    "--password-store=basic",
    "--check-for-update-interval=31536000",
)


def executable(wanted: str = "") -> str | None:
    """Return the path of the browser `wanted`, or of the first one there is; None without one."""
    return next((path for name in ((wanted,) if wanted else NAMES) if (path := shutil.which(name))), None)


def command(browser: str, address: str, profile: Path, screen: Screen | None) -> list[str]:
    """Return the command of one window. Each has a profile of its own: a second one would join the first process."""
    place = (
        [f"--window-position={screen.x},{screen.y}", f"--window-size={screen.width},{screen.height}"] if screen else []
    )
    return [browser, *FLAGS, *place, f"--user-data-dir={profile}", f"--app={address}"]


def policy(address: str) -> dict[str, Any]:
    """Return Chromium's managed policy: the camera for the till alone, and nowhere else to go."""
    parts = urlsplit(address)
    origin = f"{parts.scheme}://{parts.netloc}"
    return {
        "VideoCaptureAllowed": False,
        "VideoCaptureAllowedUrls": [origin],
        "AudioCaptureAllowed": False,
        "URLBlocklist": ["*"],
        "URLAllowlist": [parts.netloc],
        "AutofillAddressEnabled": False,
        "AutofillCreditCardEnabled": False,
        "BrowserSignin": 0,
        "DefaultNotificationsSetting": 2,
        "DeveloperToolsAvailability": 2,
        "MetricsReportingEnabled": False,
        "PasswordManagerEnabled": False,
        "TranslateEnabled": False,
    }
