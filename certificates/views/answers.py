"""Reading what the signer's page sends, and answering it. Anything but a small, well-formed answer is refused."""

import base64
import binascii
import json
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from certificates.actions.replacing import Answer, OldKey
from certificates.judging import allowed_policies
from certificates.models import Challenge
from certificates.outcomes import public_code
from certificates.refusals import Code, Refused
from certificates.views.frames import visit_of
from certificates.x509.keyupload import holds_private_key
from certificates.x509.submission import Submission
from portal.refusals import Refusal

MAX_BODY = 16 * 1024  # bytes
_REFUSED_STATUS = 409
_FIELDS = frozenset({"id", "certificate", "signature", "sealedRandom", "old"})
_OLD_FIELDS = frozenset({"certificate", "signature"})
View = Callable[..., HttpResponse]


def json_endpoint(view: View) -> View:
    """POST only, never cached; a refusal becomes its status with code and sentence."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Refused as refused:
            return JsonResponse({"code": public_code(refused), "message": refused.message}, status=refused.status)
        except Refusal as refusal:
            return JsonResponse({"code": "REFUSED", "message": refusal.message}, status=_REFUSED_STATUS)

    return require_POST(never_cache(answered))


def challenge_json(challenge: Challenge) -> JsonResponse:
    """What static/js/certificate.js hands to the signer."""
    policies = allowed_policies(by_resident_number=challenge.by_resident_number)
    return JsonResponse(
        {
            "challenge": {"id": str(challenge.pk), "text": challenge.text},
            "allowedPolicies": sorted(policies),
            "residentNumber": challenge.by_resident_number,
        }
    )


def read_answer(request: HttpRequest) -> Answer:
    """The answer in the body.

    Raises Refused: UPLOAD_TOO_LARGE, PRIVATE_KEY_UPLOADED, CHALLENGE_UNKNOWN for anything else that is amiss.
    """
    sent = read_json(request)
    if not sent.keys() <= _FIELDS:
        raise Refused(Code.CHALLENGE_UNKNOWN, "not an answer")
    old = sent.get("old")
    if old is not None and (not isinstance(old, dict) or old.keys() != _OLD_FIELDS):
        raise Refused(Code.CHALLENGE_UNKNOWN, "not a second signature")
    return Answer(
        challenge_id=_uuid(sent.get("id")),
        visit=visit_of(request),
        submission=Submission(*(_bytes(sent, name) for name in ("certificate", "signature", "sealedRandom"))),
        old_key=OldKey(_bytes(old, "certificate"), _bytes(old, "signature")) if old else None,
    )


def read_json(request: HttpRequest) -> dict[str, Any]:
    """The object in a body of at most 16 KiB. Refused as `read_answer`."""
    try:
        sent = json.loads(_body(request))
    except (ValueError, RecursionError):
        raise Refused(Code.CHALLENGE_UNKNOWN, "not JSON") from None
    if not isinstance(sent, dict):
        raise Refused(Code.CHALLENGE_UNKNOWN, "not an object")
    return sent


def _body(request: HttpRequest) -> bytes:
    if request.content_type != "application/json":
        raise Refused(Code.CHALLENGE_UNKNOWN, "content type")
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > MAX_BODY or len(request.body) > MAX_BODY:
        raise Refused(Code.UPLOAD_TOO_LARGE, "body")
    if holds_private_key(request.body):
        raise Refused(Code.PRIVATE_KEY_UPLOADED, "in the body")
    return request.body


def _uuid(value: object) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        raise Refused(Code.CHALLENGE_UNKNOWN, "no id") from None


def _bytes(sent: dict[str, Any], name: str) -> bytes:
    value = sent.get(name, "")
    try:
        if not isinstance(value, str):
            raise ValueError(name)
        data = base64.b64decode(value, validate=True)
    except (ValueError, binascii.Error):
        raise Refused(Code.CHALLENGE_UNKNOWN, f"{name} is not base64") from None
    if holds_private_key(data):
        raise Refused(Code.PRIVATE_KEY_UPLOADED, name)
    return data
