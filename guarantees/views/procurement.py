"""Where a procurement system tells what its officer did with a document: a POST proved by its signature."""

import logging

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from guarantees.actions.transmitting import keep_standing
from guarantees.deliveries import delivery_by_key
from guarantees.procurement.client import procurement_system
from guarantees.procurement.protocol import ForgedAnswer
from portal import clock
from portal.access import Actor

log = logging.getLogger(__name__)

MOST_BYTES = 16 * 1024


@csrf_exempt
@require_POST
def answers(request: HttpRequest) -> HttpResponse:
    """200 only after the answer is committed, so that whatever we could not keep is told again. Twice is once."""
    length = request.headers.get("Content-Length", "0")
    if not (length.isascii() and length.isdigit()) or int(length) > MOST_BYTES:
        return HttpResponse(status=413)
    at = clock.now()
    try:
        standing = procurement_system().read_callback(request.headers, request.body, at)
    except ForgedAnswer as error:
        log.warning("a procurement answer was refused: %s", error)
        return HttpResponse(status=403)
    delivery_id = delivery_by_key(standing.key)
    if delivery_id is None:
        return HttpResponse(status=404)
    keep_standing(delivery_id=delivery_id, standing=standing, by=Actor.system("procurement"), at=at)
    return HttpResponse(status=200)
