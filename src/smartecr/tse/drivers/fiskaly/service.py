"""The way to the service: HTTPS, a token that runs out, requests that may be repeated within a patience.

Every call that changes something is a PUT or PATCH the service takes twice as once, so a request whose answer was
lost is made again with the same content. What is still unknown then is told as such.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO

import httpx

from smartecr.tse.credentials import Secret
from smartecr.tse.drivers.fiskaly import errors
from smartecr.tse.drivers.fiskaly.errors import ServiceError
from smartecr.tse.drivers.fiskaly.values import Fields, ValuesError, number, text
from smartecr.tse.drivers.line import Deadline
from smartecr.tse.errors import (
    TseAuthenticationFailed,
    TseConnectionLost,
    TseExportFailed,
    TseProtocolError,
    TseTimeout,
    TseUnplugged,
)

BASE_URL = "https://kassensichv-middleware.fiskaly.com/api/v2"
_LARGEST_ANSWER = 4 << 20
_TRIES = 5
#: part of a token's life after which a new one is got
_PART = 0.9
_CHUNK = 64 << 10

Parameters = Mapping[str, str | int]


class Service:
    """Speaks to the service as ``api_key``. ``patience`` is seconds for a call with its repetitions.

    ``http`` brings transport and time-outs; its TLS verification is httpx's own, on unless switched off there.
    """

    def __init__(
        self,
        http: httpx.Client,
        base_url: str,
        api_key: str,
        api_secret: Secret,
        *,
        patience: float = 8.0,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._api_key = Secret(api_key)
        self._api_secret = api_secret
        self._patience = patience
        self._monotonic = monotonic
        self._sleep = sleep
        self._token: Secret | None = None
        self._token_ends = 0.0
        self._closed = False

    def close(self) -> None:
        """Release the connections; harmless when done already."""
        self._closed = True
        self._token = None
        self._http.close()

    def get(self, path: str, parameters: Parameters | None = None) -> Fields:
        """Read something."""
        return self._call("GET", path, None, parameters)

    def put(self, path: str, body: Fields, parameters: Parameters | None = None) -> Fields:
        """Make or change something under a name of ours."""
        return self._call("PUT", path, body, parameters)

    def patch(self, path: str, body: Fields) -> Fields:
        """Change something."""
        return self._call("PATCH", path, body, None)

    def once(self, method: str, path: str, body: Fields) -> Fields:
        """Log in or out, set a PIN: not repeated when the answer is lost, for each try may count."""
        return self._authorized(lambda: self._request(method, path, body, None))

    def download(self, path: str, sink: BinaryIO, largest: int, seconds: float) -> None:
        """Write a file into ``sink``; at most ``largest`` bytes within ``seconds``."""
        deadline = Deadline(seconds, self._monotonic)

        def once() -> Fields:
            sink.seek(0)
            sink.truncate()
            with self._answering(), self._http.stream("GET", self._url(path), headers=self._headers()) as response:
                if response.is_error:
                    raise _refusal(response, _limited(response))
                size = 0
                for chunk in response.iter_bytes(_CHUNK):
                    size += sink.write(chunk)
                    deadline.left()
                    if size > largest:
                        raise TseExportFailed(f"more than {largest} bytes")
            return {}

        self._repeated(once)

    def wait(self, seconds: float) -> None:
        """Let time pass between two looks."""
        self._sleep(seconds)

    def deadline(self, seconds: float) -> Deadline:
        """Make the end of a wait."""
        return Deadline(seconds, self._monotonic)

    def log_in(self) -> None:
        """Get a token by key and secret. Raises TseAuthenticationFailed when they are wrong."""
        body: Fields = {"api_key": self._api_key.reveal().decode(), "api_secret": self._api_secret.reveal().decode()}
        try:
            answer = self._request("POST", "/auth", body, None, with_token=False)
        except ServiceError as error:
            if error.status in (400, 401, 403):
                raise TseAuthenticationFailed(f"API key or secret: {error}") from None
            raise
        self._token = Secret(text(answer, "access_token"))
        self._token_ends = self._monotonic() + _PART * number(answer, "access_token_expires_in")

    def _call(self, method: str, path: str, body: Fields | None, parameters: Parameters | None) -> Fields:
        return self._repeated(lambda: self._request(method, path, body, parameters))

    def _repeated(self, call: Callable[[], Fields]) -> Fields:
        """Make a call again while its failure may pass and patience lasts."""
        deadline = self.deadline(self._patience)
        pause = 0.25
        tried = 0
        while True:
            tried += 1
            failure: Exception
            try:
                return self._authorized(call)
            except ServiceError as error:
                failure, wanted = error, error.retry_after
                again = error.passing
            except TseConnectionLost as lost:
                failure, wanted, again = lost, None, True
            wait = pause if wanted is None else wanted
            if not again or tried >= _TRIES or wait >= _left(deadline):
                raise failure
            self._sleep(wait)
            pause *= 2

    def _authorized(self, call: Callable[[], Fields]) -> Fields:
        """Make a call with a token that is good, once more with a new one if the service thinks otherwise."""
        fresh = self._token is None or self._monotonic() >= self._token_ends
        if fresh:
            self.log_in()
        try:
            return call()
        except ServiceError as error:
            if fresh or error.status != 401 or error.code not in ("E_UNAUTHORIZED", ""):
                raise
        self.log_in()
        return call()

    def _request(
        self, method: str, path: str, body: Fields | None, parameters: Parameters | None, *, with_token: bool = True
    ) -> Fields:
        headers = self._headers() if with_token else {}
        with (
            self._answering(),
            self._http.stream(method, self._url(path), json=body, params=parameters, headers=headers) as response,
        ):
            content = _limited(response)
        if response.is_error:
            raise _refusal(response, content)
        if not response.is_success:
            raise TseProtocolError(f"status {response.status_code}")
        return _fields(content)

    def _url(self, path: str) -> str:
        if self._closed:
            raise TseUnplugged("the device is closed")
        return self._base_url + path

    def _headers(self) -> dict[str, str]:
        assert self._token is not None
        return {"Authorization": f"Bearer {self._token.reveal().decode()}"}

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Turn what happens on the way into errors of the interface; none of them names what was sent."""
        try:
            yield
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            raise TseUnplugged(type(error).__name__) from None
        except httpx.TimeoutException as error:
            raise TseTimeout(type(error).__name__) from None
        except (httpx.DecodingError, httpx.TooManyRedirects, httpx.RemoteProtocolError) as error:
            if "disconnected" in str(error) or "closed connection" in str(error):
                raise TseConnectionLost(type(error).__name__) from None
            raise TseProtocolError(type(error).__name__) from None
        except httpx.TransportError as error:
            raise TseConnectionLost(type(error).__name__) from None
        except (httpx.InvalidURL, httpx.StreamError, UnicodeError) as error:
            raise TseProtocolError(type(error).__name__) from None


def _left(deadline: Deadline) -> float:
    try:
        return deadline.left()
    except TseTimeout:
        return 0.0


def _limited(response: httpx.Response) -> bytes:
    """Read a short answer, and no more than that."""
    content = bytearray()
    for chunk in response.iter_bytes(_CHUNK):
        content += chunk
        if len(content) > _LARGEST_ANSWER:
            raise TseProtocolError(f"an answer of more than {_LARGEST_ANSWER} bytes")
    return bytes(content)


def _fields(content: bytes) -> Fields:
    try:
        value = json.loads(content or b"{}")
    except (ValueError, RecursionError) as error:
        raise TseProtocolError(f"no JSON: {type(error).__name__}") from None
    if not isinstance(value, dict):
        raise TseProtocolError("the answer is no object")
    return value


def _refusal(response: httpx.Response, content: bytes) -> ServiceError:
    """Read an error; what is no JSON has its status only."""
    try:
        code = _fields(content).get("code")
    except TseProtocolError:
        code = ""
    asked = response.headers.get("Retry-After", "")
    return ServiceError(
        response.status_code,
        code if isinstance(code, str) else "",
        float(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else None,
    )


@contextmanager
def speaking() -> Iterator[None]:
    """Turn what the service refuses, or what cannot be read, into errors of the interface."""
    try:
        yield
    except ServiceError as error:
        raise errors.translate(error) from None
    except ValuesError as error:
        raise TseProtocolError(str(error)) from None
