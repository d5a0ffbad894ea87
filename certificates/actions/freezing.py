"""The representative stops a replacement he did not ask for, by the link in his e-mail."""

from datetime import datetime

from django.db import transaction

from certificates import notices
from certificates.actions.exchanging import freeze_hash_of, locked_request
from certificates.actions.stopping import stop
from certificates.models import Replacement, ReplacementState, Status, StopReason
from portal.access import Actor
from portal.audit.trail import record
from portal.refusals import Refusal
from sms.outbox import queue

FROZEN_BECAUSE = "대표이사의 중지 요청"


class NotFreezable(Refusal):
    """An unknown link, one older than seven days, or one for a certificate that is in use no more."""

    message = (
        "이 링크로는 교체를 중지할 수 없습니다. 7일이 지났거나 이미 처리되었습니다. "
        "본인이 교체하지 않았다면 정보시스템부나 관할 지점에 바로 전화해 주세요."
    )


def find(*, token: str, at: datetime) -> Replacement:
    """The replacement a link still stops, left as it is. Raises NotFreezable."""
    rows = Replacement.everything.select_related("member__branch", "new")
    found = rows.filter(
        freeze_hash=freeze_hash_of(token), state=ReplacementState.DONE, freeze_until_at__gt=at
    ).first()
    if found is None or found.new is None or found.new.status != Status.ACTIVE:
        raise NotFreezable
    return found


@transaction.atomic
def freeze(*, token: str, by: Actor, at: datetime) -> Replacement:
    """The new certificate is stopped and with it what was signed in by it; the old one stays replaced, the IT
    department is told.

    Sent twice, the second finds nothing to stop. Raises NotFreezable.
    """
    locked_request(find(token=token, at=at).pk)
    replacement = find(token=token, at=at)  # what was true before the wait may be no more
    if replacement.new is None:
        raise NotFreezable
    stop(replacement.new, StopReason.FROZEN, because=FROZEN_BECAUSE, at=at)
    replacement.state = ReplacementState.FROZEN
    replacement.needs_review = True
    replacement.save(update_fields=["state", "needs_review"])
    record(action="bank_certificate.freeze", by=by, at=at, subject=replacement)
    queue(notices.frozen(replacement), at=at)
    return replacement
