"""A mail server for tests that answers each step of SMTP as it is told."""

import contextlib
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class SmtpStub:
    """`replies` by command, e.g. {"RCPT": "550 no such user"}; "" closes the connection without an answer."""

    port: int
    replies: dict[str, str] = field(default_factory=dict)
    mails: list[str] = field(default_factory=list)


class _Conversation(socketserver.StreamRequestHandler):
    server: "_Server"

    def handle(self) -> None:
        self.say("220 stub")
        for command in self.commands():
            reply = self.take_mail() if command == "DATA" else self.server.stub.replies.get(command, "250 ok")
            if reply:
                self.say(reply)
            if not reply or command == "QUIT":
                return

    def commands(self) -> Iterator[str]:
        while line := self.rfile.readline():
            yield line.split()[0].decode().upper()

    def take_mail(self) -> str:
        """Reads the mail; its answer is the one told for END. Without an answer it was taken all the same."""
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.decode())
        reply = self.server.stub.replies.get("END", "250 taken")
        if reply[:1] in ("", "2"):
            self.server.stub.mails.append("".join(lines))
        return reply

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    stub: SmtpStub


@contextlib.contextmanager
def smtp_stub() -> Iterator[SmtpStub]:
    """The server, while the context lasts."""
    with _Server(("127.0.0.1", 0), _Conversation) as server:
        server.stub = stub = SmtpStub(port=server.server_address[1])
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield stub
        server.shutdown()
