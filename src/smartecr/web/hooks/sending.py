"""One request to a receiver, to the very address that was checked; redirects are not followed."""

from __future__ import annotations

import ssl
from functools import cache

import httpx

from smartecr.web.hooks.reply import Reply
from smartecr.web.hooks.target import Target

SECONDS = 10.0
"""How long a receiver may take for each step; who works longer answers first."""


@cache
def _authorities() -> ssl.SSLContext:
    """Return the usual authorities; reading them takes longer than a sale."""
    return ssl.create_default_context()


def post(target: Target, body: bytes, headers: dict[str, str], trust: ssl.SSLContext | None = None) -> Reply:
    """Send `body`; `trust` is who may certify receivers (default: the usual authorities). A failure is a reply."""
    ip = f"[{target.ip}]" if ":" in target.ip else target.ip
    try:
        with httpx.Client(verify=trust or _authorities(), trust_env=False, timeout=SECONDS) as client:
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
