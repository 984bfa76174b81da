"""The files a machine needs to be a till from the moment it has power: systemd, udev, Chromium's policy."""

from __future__ import annotations

import json
from pathlib import Path

from smartecr.server.kiosk import browser

SERVICE = """\
[Unit]
Description=smartECR, die Kasse
After=network.target time-sync.target

[Service]
Type=notify
User={user}
Environment=SMARTECR_DATA={data}
EnvironmentFile=-/etc/smartecr.env
ExecStart={program} serve --port {port}
Restart=always
RestartSec=1
WatchdogSec=30
TimeoutStopSec=20
SupplementaryGroups=lp dialout video
NoNewPrivileges=true
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths={data}
PrivateTmp=true
ProtectKernelTunables=true
ProtectControlGroups=true
RestrictSUIDSGID=true

[Install]
WantedBy=multi-user.target
"""
KIOSK = """\
[Unit]
Description=smartECR auf dem Bildschirm
After=smartecr.service graphical.target
Wants=smartecr.service

[Service]
Type=exec
User={user}
Environment=SMARTECR_DATA={data}
Environment=DISPLAY=:0
EnvironmentFile=-/etc/smartecr.env
ExecStart={program} kiosk --address {address}
Restart=on-failure
RestartSec=2

[Install]
WantedBy=graphical.target
"""
UDEV = """\
# Feste Namen nach dem USB-Anschluss: /dev/smartecr/printer-…, serial-…, camera-…; wer umsteckt, ändert den Namen.
SUBSYSTEM=="usbmisc", KERNEL=="lp[0-9]*", IMPORT{builtin}="path_id", \
GROUP="lp", MODE="0660", SYMLINK+="smartecr/printer-$env{ID_PATH_TAG}"
SUBSYSTEM=="tty", SUBSYSTEMS=="usb", IMPORT{builtin}="path_id", \
GROUP="dialout", MODE="0660", SYMLINK+="smartecr/serial-$env{ID_PATH_TAG}"
SUBSYSTEM=="video4linux", ATTR{index}=="0", IMPORT{builtin}="path_id", \
GROUP="video", MODE="0660", SYMLINK+="smartecr/camera-$env{ID_PATH_TAG}"
"""


def write(folder: Path, *, program: str, user: str, data: Path, address: str, port: int) -> list[Path]:
    """Write the files below `folder` as they belong below "/", and return them. Raises OSError."""
    words = {"program": program, "user": user, "data": str(data), "address": address, "port": port}
    policy = json.dumps(browser.policy(address), indent=2, sort_keys=True) + "\n"
    texts = {
        "etc/systemd/system/smartecr.service": SERVICE.format(**words),
        "etc/systemd/system/smartecr-kiosk.service": KIOSK.format(**words),
        "etc/udev/rules.d/70-smartecr.rules": UDEV,
        "etc/chromium/policies/managed/smartecr.json": policy,
    }
    written = []
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written
