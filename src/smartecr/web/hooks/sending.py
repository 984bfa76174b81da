"""One request to a receiver, to the very address that was checked; redirects are not followed."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

import httpx

from smartecr.web.hooks.target import Target

SECONDS = 10.0
"""How long a receiver may take for each step; who works longer answers first."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the HTTP status, or 0 and why ("timeout", "tls", "connection")."""

    status: int
    error: str = ""

    @property
    def heard(self) -> bool:
        """Tell whether the receiver took it."""
        return 200 <= self.status < 300


def post(target: Target, body: bytes, headers: dict[str, str], trust: ssl.SSLContext | None = None) -> Reply:
    """Send `body`; `trust` is who may certify receivers (default: the usual authorities). A failure is a reply."""
    ip = f"[{target.ip}]" if ":" in target.ip else target.ip
    try:
        with httpx.Client(verify=trust or ssl.create_default_context(), trust_env=False, timeout=SECONDS) as client:
            request = client.build_request(
                "POST",
                f"{target.scheme}://{ip}:{target.port}{target.path}",
                content=body,
                headers={**headers, "Host": target.host},
                extensions={"sni_hostname": target.name},
            )
            response = client.send(request, stream=True, follow_redirects=False)
            response.close()  # what it says is not read
            return Reply(response.status_code)
    except httpx.TimeoutException:
        return Reply(0, "timeout")
    except httpx.HTTPError as error:
        return Reply(0, "tls" if "SSL" in str(error) or "certificate" in str(error).lower() else "connection")
