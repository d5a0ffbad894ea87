"""Writing DER, for the structures `cryptography` cannot build."""


def tlv(tag: int, *parts: bytes) -> bytes:
    """One element with the minimal length form."""
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes((tag, len(body))) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + body


def sequence(*parts: bytes) -> bytes:
    return tlv(0x30, *parts)


def integer(number: int) -> bytes:
    return tlv(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def octets(value: bytes) -> bytes:
    return tlv(0x04, value)


def bits(value: bytes) -> bytes:
    return tlv(0x03, b"\x00", value)


def utf8(text: str) -> bytes:
    return tlv(0x0C, text.encode("utf-8"))


NULL = b"\x05\x00"


def oid(dotted: str) -> bytes:
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    return tlv(0x06, *(_arc(arc) for arc in (40 * first + second, *rest)))


def _arc(number: int) -> bytes:
    octet_list = [number & 0x7F]
    while number := number >> 7:
        octet_list.append(0x80 | number & 0x7F)
    return bytes(reversed(octet_list))
