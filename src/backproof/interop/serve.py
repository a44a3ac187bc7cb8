"""A page served on this machine: Starlette and uvicorn, the extra `play`.

Only this machine is listened to, a random token keeps other programs and other pages out, and Host and Origin are held
against the address that is served, so that no name that leads here from elsewhere gets an answer.
"""

from __future__ import annotations

import json
import secrets
import socket
from typing import Any

from backproof.errors import BackproofError, OptionError
from backproof.page.export import write_page
from backproof.page.session import Session
from backproof.worksheet import Worksheet

#: The largest question, in bytes.
LARGEST = 4 * 2**20
HOST = "127.0.0.1"


class Server:
    """The page of one worksheet at an address of its own.

    Parameters
    ----------
    sheet : Worksheet
    port : int, default 0
        Where to listen; 0 for any free port.

    Raises
    ------
    OptionError
        The extra `play` is not installed, or the port is taken.
    """

    def __init__(self, sheet: Worksheet, port: int = 0) -> None:
        try:
            import uvicorn
        except ImportError:
            raise OptionError("play needs Starlette and uvicorn: pip install 'backproof[play]'.") from None
        self.session = Session(sheet)
        self.token = secrets.token_urlsafe(24)
        self._socket = _listen(port)
        self.port: int = self._socket.getsockname()[1]
        app = make_app(self.session, self.token, self.port)
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"http://{HOST}:{self.port}/?token={self.token}"

    def run(self) -> None:
        """Serve until interrupted."""
        self._server.run([self._socket])

    def stop(self) -> None:
        """Let `run` come to its end."""
        self._server.should_exit = True


def _listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise OptionError(f"port {port} cannot be listened to: {error.strerror or error}; give another one.") from None
    return listening


def make_app(session: Session, token: str, port: int) -> Any:
    """The application: `/` gives the page, `/ask` answers its questions, and nothing else is there."""
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.requests import Request
    from starlette.responses import JSONResponse, PlainTextResponse, Response
    from starlette.routing import Route

    hosts = {f"{HOST}:{port}", f"localhost:{port}"}
    origins = {None, *(f"http://{host}" for host in hosts)}

    def is_ours(request: Request, given: str | None) -> bool:
        right = given is not None and secrets.compare_digest(given.encode(), token.encode())
        return right and request.headers.get("host") in hosts and request.headers.get("origin") in origins

    async def page(request: Request) -> Response:
        if not is_ours(request, request.query_params.get("token")):
            return PlainTextResponse("Open the address that 'backproof play' printed.", 403)
        text = await run_in_threadpool(lambda: write_page(session.record()))
        safe = {"cache-control": "no-store", "referrer-policy": "no-referrer", "x-content-type-options": "nosniff",
                "x-frame-options": "DENY"}  # fmt: skip
        return Response(text, media_type="text/html", headers=safe)

    async def ask(request: Request) -> Response:
        if not is_ours(request, request.headers.get("x-token")):
            return JSONResponse({"error": "this question does not come from the page."}, 403)
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > LARGEST:
                return JSONResponse({"error": f"a question has at most {LARGEST} bytes."}, 413)
        try:
            reply = await run_in_threadpool(lambda: session.answer(_read_json(body)))
            return Response(json.dumps(reply, allow_nan=False), media_type="application/json")
        except BackproofError as error:
            return JSONResponse({"error": str(error)}, 400)

    return Starlette(routes=[Route("/", page), Route("/ask", ask, methods=["POST"])])


def _read_json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise OptionError("a question is JSON.") from None
