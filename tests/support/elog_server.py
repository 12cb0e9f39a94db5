"""A logbook as an ELOG server serves it, with the faults such a server can have.

How it answers follows ``elogd.c``: 302 to the message's number for a POST, a page with
``errormsg`` for a mistake, a list that repeats what it was asked to search for, and a
sign-in page with a password field, as an ordinary page.
"""

from __future__ import annotations

import html
import re
import threading
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

SIGN_IN = """<html><form name="form1" method="POST"><input type=hidden name=redir
value="{redir}"><input type="text" name="uname"><input type="password"
name="upassword"></form></html>"""


class ElogServer:
    """Runs on a port of its own until the `with` ends.

    Attributes:
        messages: number -> the fields of the message; "attfileN" -> (name, bytes).
        posts: how many POSTs came.
        mode: "", or a fault: "error 500", "sign-in", "nonsense", "elsewhere",
            "endless", "silent", "trickle", "forgets the answer", "rejects", "page".
        required: (user, hidden password), or None.
    """

    def __init__(self, port: int = 0) -> None:
        self.messages: dict[int, dict[str, Any]] = {}
        self.posts = 0
        self.mode = ""
        self.required: tuple[str, str] | None = None
        self.released = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.answer(self)

            def do_POST(self) -> None:
                server.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = False

            def handle_error(self, *_: object) -> None:
                pass  # the client hung up, as the tests have it do

        self._server = Server(("127.0.0.1", port), Handler)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/DQM/"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def of(self, uid: str) -> list[int]:
        """Numbers of the messages that carry a uid."""
        return [
            number
            for number, fields in self.messages.items()
            if uid in fields.get("Text", "")
        ]

    # -- answering -----------------------------------------------------------------

    def answer(self, asked: BaseHTTPRequestHandler) -> None:
        size = int(asked.headers.get("Content-Length") or 0)
        body = asked.rfile.read(size)
        if asked.command == "POST":
            self.posts += 1
            if self.mode == "forgets the answer":
                self._keep(asked, body)
                self.mode = ""
                asked.close_connection = True
                return
        if self._fault(asked):
            return
        if asked.command == "POST":
            self._post(asked, body)
        else:
            self._get(asked)

    def _fault(self, asked: BaseHTTPRequestHandler) -> bool:
        posted = asked.command == "POST"
        match self.mode:
            case "error 500":
                send(asked, 500, "<html>Internal error</html>")
            case "sign-in":
                redir = asked.path
                send(asked, 200, SIGN_IN.format(redir=redir))
            case "nonsense":
                asked.wfile.write(b"\x00\xff SSH-2.0-OpenSSH_9.2 \r\n\r\n")
            case "page":
                send(asked, 200, "<html>Welcome to the cafeteria</html>")
            case "elsewhere" if posted:
                send(asked, 302, "", "https://portal.example.org/start?page=7")
            case "no address":
                send(asked, 302, "", "http://[")
            case "rejects" if posted:
                words = "<i>Error: Attribute <b>Type</b> not supplied.</i>"
                page = f'<table><tr><td class="errormsg">{words}</td></tr></table>'
                send(asked, 404, page)
            case "endless":
                asked.send_response(200)
                asked.end_headers()
                while not self.released.is_set():
                    asked.wfile.write(b"<p>and so on</p>" * 4096)
            case "silent":
                self.released.wait(60)
            case "trickle":
                asked.send_response(200)
                asked.end_headers()
                while not self.released.wait(0.02):
                    asked.wfile.write(b".")
                    asked.wfile.flush()
            case _:
                return False
        asked.close_connection = True
        return True

    def _keep(self, asked: BaseHTTPRequestHandler, body: bytes) -> int:
        number = len(self.messages) + 1
        self.messages[number] = fields_of(asked.headers["Content-Type"], body)
        return number

    def _post(self, asked: BaseHTTPRequestHandler, body: bytes) -> None:
        fields = fields_of(asked.headers["Content-Type"], body)
        given = (fields.get("unm"), fields.get("upwd"))
        if self.required is not None and given != self.required:
            send(asked, 200, SIGN_IN.format(redir=""))
            return
        assert fields["cmd"] == "Submit"
        number = self._keep(asked, body)
        send(asked, 302, "", f"{self.url}{number}")

    def _get(self, asked: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(asked.path)
        if self.required is not None:
            user, hidden = self.required
            if asked.headers["Cookie"] != f"unm={user}; upwd={hidden}":
                send(asked, 200, SIGN_IN.format(redir=html.escape(asked.path)))
                return
        number = re.fullmatch(r"/DQM/(\d+)", parts.path)
        if number is not None:
            fields = self.messages[int(number[1])]
            text = f"$@MID@$: {number[1]}\n{'=' * 40}\n{fields['Text']}"
            send(asked, 200, text)
            return
        (word,) = parse_qs(parts.query)["subtext"]
        rows = "".join(
            f'<tr><td class="list1"><a href="../DQM/{each}">{each}</a></td></tr>'
            for each in reversed(self.of(word))
        )
        rows = rows or '<tr><td class="errormsg">No entries found</td></tr>'
        send(
            asked,
            200,
            f'<html><form name="form1" method="GET"><a href="page2">2</a>'
            f'<td class="attribvalue"><span>{word}</span></td>{rows}</form></html>',
        )


def send(
    asked: BaseHTTPRequestHandler, status: int, page: str, location: str = ""
) -> None:
    data = page.encode()
    asked.send_response(status)
    asked.send_header("Server", "ELOG HTTP 3.1.5 (of the tests)")
    asked.send_header("Content-Length", str(len(data)))
    if location:
        asked.send_header("Location", location)
    asked.end_headers()
    asked.wfile.write(data)


def fields_of(content_type: str, body: bytes) -> dict[str, Any]:
    """The fields of a multipart form; of files (name, bytes)."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    found: dict[str, Any] = {}
    for part in message_from_bytes(head + body, policy=HTTP).iter_parts():
        name = part.get_param("name", header="content-disposition")
        data = part.get_payload(decode=True)
        assert isinstance(name, str)
        assert isinstance(data, bytes)
        file = part.get_filename()
        found[name] = (file, data) if file is not None else data.decode()
    return found
