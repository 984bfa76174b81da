"""Sessions in signed cookies, as Django keeps them; a cookie just checked is not checked again for a minute."""

from __future__ import annotations

import time
from typing import Any

from django.contrib.sessions.backends import signed_cookies

_KEPT_SECONDS = 60.0
_MOST = 256
_checked: dict[str, tuple[float, dict[str, Any]]] = {}


class SessionStore(signed_cookies.SessionStore):
    """The same bytes have the same signature: every tap brings them again."""

    def load(self) -> dict[str, Any]:
        """Return what the cookie holds, {} when it is none of ours or too old."""
        key = self.session_key
        found = _checked.get(key) if key else None
        if found is not None and time.monotonic() - found[0] < _KEPT_SECONDS:
            return dict(found[1])
        data: dict[str, Any] = super().load()
        if key and data:
            if len(_checked) >= _MOST:
                _checked.clear()
            _checked[key] = time.monotonic(), dict(data)
        return data
