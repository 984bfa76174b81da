"""Servers that do the least: `python -m bench.floor_servers stdlib|replay|page PORT FILE`; each loads what it needs.

stdlib  the standard library's HTTP server; POST /scan looks a code up in SQLite and answers with its line
replay  bare Starlette on uvicorn; POST /scan runs the statements of a real scan (see `bench.scan_sql`) against FILE
page    a page with one field; Enter asks the server for the line and puts it into a table
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

_TABLE = "CREATE TABLE article (id INTEGER PRIMARY KEY, gtin TEXT UNIQUE, name TEXT, cents INTEGER, vat INTEGER)"


def write_articles(file: Path, count: int) -> None:
    """Write the catalogue the servers look up in."""
    from bench import books

    database = sqlite3.connect(file)
    database.execute(_TABLE)
    rows = ((number, books.code(number), books.name(number), 50 + number * 37 % 2000) for number in range(1, count + 1))
    database.executemany("INSERT INTO article VALUES (?, ?, ?, ?, 1)", rows)
    database.commit()
    database.close()


def _finder(file: str) -> Callable[[bytes], bytes]:
    database = sqlite3.connect(file, check_same_thread=False)

    def find(body: bytes) -> bytes:
        code = json.loads(body)["commands"][0]["code"]
        row = database.execute("SELECT id, gtin, name, cents, vat FROM article WHERE gtin = ?", (code,)).fetchone()
        return json.dumps({"id": row[0], "gtin": row[1], "name": row[2], "cents": row[3], "vat": row[4]}).encode()

    return find


def stdlib(port: int, file: str) -> None:
    """Serve with http.server."""
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    find = _finder(file)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_POST(self) -> None:
            answer = find(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)
            self.wfile.flush()

        def log_message(self, *_arguments: Any) -> None:
            pass

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


def replay(port: int, file: str) -> None:
    """Serve with Starlette; FILE is a copy of our database, FILE.json the recorded statements."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from bench.scan_sql import Replay

    replayed = Replay(file)
    find = _finder(f"{file}.articles")

    async def scan(_request: Request) -> Response:
        await _request.body()
        return Response(replayed.scan(), media_type="text/html")

    async def lookup(request: Request) -> Response:
        return Response(find(await request.body()))

    routes = [Route("/scan", scan, methods=["POST"]), Route("/lookup", lookup, methods=["POST"])]
    uvicorn.run(Starlette(routes=routes), host="127.0.0.1", port=port, log_level="error", access_log=False, http="h11")


PAGE = """<!doctype html><meta charset="utf-8"><title>floor</title>
<style>body{font:18px sans-serif;margin:2em}td{padding:.3em 1em}</style>
<input id="field" autofocus><table><tbody id="lines"></tbody></table><strong id="sum">0</strong>
<script>
const field = document.getElementById("field"), lines = document.getElementById("lines");
let sum = 0;
field.addEventListener("keydown", async (event) => {
  if (event.key !== "Enter") return;
  const code = field.value;
  field.value = "";
  const body = JSON.stringify({ commands: [{ code }] });
  const article = await (await fetch("/lookup", { method: "POST", body })).json();
  const row = lines.insertRow();
  for (const text of [article.gtin, article.name, article.cents / 100]) row.insertCell().textContent = text;
  sum += article.cents;
  document.getElementById("sum").textContent = sum / 100;
});
</script>"""


def page(port: int, file: str) -> None:
    """Serve the floor page."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import HTMLResponse, Response
    from starlette.routing import Route

    find = _finder(file)

    async def show(_request: Request) -> Response:
        return HTMLResponse(PAGE)

    async def lookup(request: Request) -> Response:
        return Response(find(await request.body()))

    routes = [Route("/", show), Route("/lookup", lookup, methods=["POST"])]
    uvicorn.run(Starlette(routes=routes), host="127.0.0.1", port=port, log_level="error", access_log=False, http="h11")


if __name__ == "__main__":
    {"stdlib": stdlib, "replay": replay, "page": page}[sys.argv[1]](int(sys.argv[2]), sys.argv[3])
