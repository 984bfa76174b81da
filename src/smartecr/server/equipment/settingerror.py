"""What is raised for a setting that names no device."""

from __future__ import annotations


class DeviceSettingError(ValueError):
    """A setting names no device; the message is German and says what may stand there."""
