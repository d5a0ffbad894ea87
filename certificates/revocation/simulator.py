"""A directory server for tests and the demo: just enough LDAPv3 (RFC 4511) to be asked for revocation lists.

Serves the `*.crl` files below a folder by the partition each names, read anew for every question. Knows bind,
base search and unbind. On request it behaves badly. `python -m certificates.revocation.simulator` or `manage.py
ldap_simulator`; the first line it prints is its address.
"""

import logging
import socketserver
import time
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from certificates.minting import encode
from certificates.revocation.endpoints import partition_dn
from certificates.x509 import der
from certificates.x509.boundary import PARSER_ERRORS
from certificates.x509.partitions import name_keys

log = logging.getLogger(__name__)

_BIND, _BOUND, _UNBIND = 0x60, 0x61, 0x42
_SEARCH, _ENTRY, _DONE, _REFERENCE = 0x63, 0x64, 0x65, 0x73
_SUCCESS, _PROTOCOL_ERROR, _NO_SUCH_OBJECT = 0, 2, 32
_LONGEST_QUESTION = 64 * 1024


@dataclass(frozen=True)
class Behaviour:
    """`attribute` under which lists are given; `drip` seconds before each byte of an answer; `flood` bytes in
    place of a list; `referral` an address to send the asker to."""

    attribute: str = "certificateRevocationList;binary"
    drip: float = 0.0
    flood: int = 0
    referral: str = ""


class Directory(socketserver.ThreadingTCPServer):
    """Listens on this machine only."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int, folder: Path, behaviour: Behaviour) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.folder, self.behaviour = folder, behaviour

    def lists_at(self, dn: str) -> list[bytes]:
        """The lists of one partition; two generations may share its name."""
        return [data for path in sorted(self.folder.rglob("*.crl")) for data in _if_named(path, _plain(dn))]


class _Handler(socketserver.StreamRequestHandler):
    server: Directory

    def handle(self) -> None:
        try:
            while message := self._read():
                number, operation = der.sequence(message)[:2]
                if operation.tag == _UNBIND:
                    return
                for answer in self._answers(operation):
                    self._send(encode.sequence(number.encoded, answer))
        except (OSError, der.NotDer) as error:
            log.info("connection ended: %s", type(error).__name__)

    def _read(self) -> bytes:
        head = self.rfile.read(2)
        if len(head) < 2:
            return b""
        length = head[1]
        if length & 0x80:
            octets = self.rfile.read(length & 0x7F)
            head, length = head + octets, int.from_bytes(octets, "big")
        if length > _LONGEST_QUESTION:
            raise der.NotDer("question too long")
        return head + self.rfile.read(length)

    def _answers(self, operation: der.Element) -> list[bytes]:
        if operation.tag == _BIND:
            return [_result(_BOUND, _SUCCESS)]
        if operation.tag != _SEARCH:
            return [_result(_DONE, _PROTOCOL_ERROR)]
        dn = next(der.children(operation)).value.decode("utf-8", "replace")
        how = self.server.behaviour
        if how.referral:
            return [encode.tlv(_REFERENCE, encode.octets(how.referral.encode())), _result(_DONE, _SUCCESS)]
        values = [bytes(how.flood)] if how.flood else self.server.lists_at(dn)
        if not values:
            return [_result(_DONE, _NO_SUCH_OBJECT)]
        attribute = encode.sequence(
            encode.octets(how.attribute.encode()), encode.tlv(der.SET, *map(encode.octets, values))
        )
        return [
            encode.tlv(_ENTRY, encode.octets(dn.encode()), encode.sequence(attribute)),
            _result(_DONE, _SUCCESS),
        ]

    def _send(self, data: bytes) -> None:
        if not self.server.behaviour.drip:
            self.wfile.write(data)
            return
        for octet in data:
            time.sleep(self.server.behaviour.drip)
            self.wfile.write(bytes((octet,)))


def _result(tag: int, code: int) -> bytes:
    return encode.tlv(tag, encode.tlv(0x0A, bytes((code,))), encode.octets(b""), encode.octets(b""))


def _if_named(path: Path, wanted: str) -> list[bytes]:
    data = path.read_bytes()
    try:
        crl = x509.load_der_x509_crl(data)
        point = crl.extensions.get_extension_for_class(x509.IssuingDistributionPoint).value
    except PARSER_ERRORS:
        return []
    names = [partition_dn(key) for key in name_keys(point.full_name)]
    return [data] if wanted in [_plain(name) for name in names if name] else []


def _plain(dn: str) -> str:
    return ",".join(part.strip().lower() for part in dn.split(","))


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=0, help="0이면 빈 포트를 고릅니다.")
    parser.add_argument("--directory", type=Path, required=True, help="폐지목록(*.crl)이 있는 폴더")
    parser.add_argument("--attribute", default=Behaviour.attribute, help="목록을 담을 속성 이름")
    parser.add_argument("--drip", type=float, default=0.0, help="바이트마다 기다릴 초")
    parser.add_argument("--flood", type=int, default=0, help="목록 대신 보낼 바이트 수")
    parser.add_argument("--referral", default="", help="대신 알려 줄 다른 서버 주소")


def serve(given: Namespace) -> None:
    """Until the process is ended."""
    how = Behaviour(given.attribute, given.drip, given.flood, given.referral)
    with Directory(given.port, given.directory, how) as server:
        print(f"ldap://127.0.0.1:{server.server_address[1]}", flush=True)  # noqa: T201 - tells who started it
        server.serve_forever()


if __name__ == "__main__":
    arguments = ArgumentParser(description=__doc__)
    add_arguments(arguments)
    serve(arguments.parse_args())
