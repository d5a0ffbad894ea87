"""Where the payment provider tells of deposits. What it says is a reason to ask; only the answer is booked.

It is believed when it carries the secret of the order it names. What is wrong is refused and leaves no row.
"""

import logging

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from guarantees.actions.orders import Forged, hear
from guarantees.payments.provider import NotACallback, ProviderFault
from guarantees.payments.registry import provider
from portal import clock
from portal.access import Actor, client_address
from portal.throttle import Allowance, network_of, seconds_to_wait

log = logging.getLogger(__name__)

MOST_BYTES = 64 * 1024
CALLS = Allowance("payment-callback", most=120, seconds=60)


@csrf_exempt
@require_POST
def payment_callback(request: HttpRequest, name: str) -> HttpResponse:
    """200 only after what the provider knows is committed; 503 asks it to tell us again."""
    return HttpResponse(status=_refusal_of(request, name) or _heard(request))


def _refusal_of(request: HttpRequest, name: str) -> int:
    """The status of what is not even read, else 0."""
    if name != provider().name:
        return 404
    if _size(request) > MOST_BYTES:
        return 413
    is_too_often = seconds_to_wait(CALLS, network_of(client_address(request)), clock.now())
    return 429 if is_too_often else 0


def _heard(request: HttpRequest) -> int:
    in_use = provider()
    try:
        callback = in_use.read_callback(request.headers, request.body)
        hear(callback=callback, provider=in_use, by=Actor.system("은행 통지"), at=clock.now())
    except NotACallback as error:
        log.warning("a payment callback was not understood: %s", error)
        return 400
    except Forged as error:
        log.warning("a payment callback was refused: %s", error)
        return 403
    except ProviderFault as error:
        log.warning("a payment callback could not be confirmed: %s", error)
        return 503
    return 200


def _size(request: HttpRequest) -> int:
    length = request.headers.get("Content-Length", "0")
    return int(length) if length.isascii() and length.isdigit() else MOST_BYTES + 1
