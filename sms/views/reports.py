"""Where gateways report what became of a text: the only address that takes a POST without our own token.

A report is believed when its path is the unguessable one and its gateway's own proof holds (NHN's signature, or
for Solapi, which signs nothing, the answer to our question back). Whatever is wrong is refused without a word,
and so is a flood of calls: vendors tell again later, and we ask by ourselves.
"""

import hmac
import logging

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from portal import clock
from sms.delivery.callbacks import is_flood
from sms.delivery.reports import apply_reports
from sms.gateways import registry
from sms.gateways.protocol import ForgedReport, LookUpFailed, Refusing
from sms.suppression import refused_at

log = logging.getLogger(__name__)

MOST_BYTES = 64 * 1024
SHORTEST_TOKEN = 32


@csrf_exempt
@require_POST
def reports(request: HttpRequest, gateway: str, token: str) -> HttpResponse:
    """200 only after the reports are committed, so that whatever we could not keep is told again.

    Told twice is kept once; one of a message we do not know is kept aside.
    """
    caller, at = registry.named(gateway), clock.now()
    if not _is_ours(token) or caller is None:
        return HttpResponse(status=403)
    if _size(request) > MOST_BYTES:
        return HttpResponse(status=413)
    if is_flood(gateway):
        return HttpResponse(status=429, headers={"Retry-After": "60"})
    try:
        found = caller.parse_webhook(request.headers, request.body, at)
        refused = caller.parse_refusals(request.headers, request.body) if isinstance(caller, Refusing) else []
    except ForgedReport as error:
        log.warning("a delivery report was refused: %s", error)
        return HttpResponse(status=403)
    except LookUpFailed as error:
        log.warning("a delivery report could not be confirmed: %s", error)
        return HttpResponse(status=503)
    apply_reports(found, gateway=gateway, at=at)
    refused_at(gateway, refused, at=at)
    return HttpResponse(status=200)


def _is_ours(token: str) -> bool:
    known = settings.SMS_REPORT_TOKEN
    return len(known) >= SHORTEST_TOKEN and hmac.compare_digest(token.encode(), known.encode())


def _size(request: HttpRequest) -> int:
    """What the request says it holds; the server reads no more than that."""
    length = request.headers.get("Content-Length", "0")
    return int(length) if length.isascii() and length.isdigit() else MOST_BYTES + 1
