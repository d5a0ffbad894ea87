"""The time-stamp authority over HTTP (RFC 3161 §3.4), by the bounded exchange the gateways use."""

from urllib.parse import urlsplit

from asn1crypto import tsp
from django.conf import settings
from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError

from sms.gateways.transport import Channel, Limits, NeverReached, NoSureAnswer

LIMITS = Limits(answer_bytes=256 * 1024)
OK = 200


class HttpAuthority(TimeStamper):
    """Asking twice gives two stamps and harms nothing, so no answer is the same as a refusal."""

    def __init__(self, url: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        parts = urlsplit(url)
        self._channel = Channel(f"{parts.scheme}://{parts.netloc}", LIMITS)
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """The authority's answer. Raises TimestampRequestError."""
        headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
        try:
            answer = self._channel.exchange("POST", self._path, headers=headers, body=req.dump())
        except (NeverReached, NoSureAnswer) as error:
            raise TimestampRequestError(f"{type(error).__name__}: {error}") from error
        if answer.status != OK or answer.headers.get("content-type") != "application/timestamp-reply":
            raise TimestampRequestError(f"status {answer.status}")
        return tsp.TimeStampResp.load(answer.body)


def time_stamp_authority() -> TimeStamper | None:
    """The one the settings name, None where documents get no stamps."""
    return HttpAuthority(settings.DOCUMENT_TSA_URL) if settings.DOCUMENT_TSA_URL else None
