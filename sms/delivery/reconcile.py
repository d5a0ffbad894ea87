"""Asking the gateway about messages in doubt. Only what it has surely never seen may be sent again."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sms.delivery import pauses
from sms.delivery.claim import UNOPENED, Claim
from sms.delivery.letters import Letter, open_letters
from sms.delivery.results import Step
from sms.delivery.settle import Rest, settle
from sms.gateways.protocol import Gateway, Grouped, LookUpFailed, Report
from sms.models import BatchState, ResultState

log = logging.getLogger(__name__)


def ask(claim: Claim, *, gateway: Gateway, at: datetime) -> bool:
    """Settle a batch in doubt: seen messages were accepted, the others go again, or a person decides.

    False: the gateway does not answer questions just now.
    """
    letters = open_letters(claim)
    if letters and (reason := _cannot_be_asked(claim, gateway)):
        log.error("batch %s waits for a person: %s", claim.batch_id, reason)
        settle(claim, steps=(), rests=[Rest(BatchState.REVIEW, timedelta(0), reason)], at=at)
        return True
    try:
        steps = _answers(claim, letters, gateway)
    except LookUpFailed as error:
        log.warning("batch %s stays in doubt: %s", claim.batch_id, error)
        rest = Rest(BatchState.UNKNOWN, gateway.quarantine, str(error), tried=False)
        settle(claim, steps=(), rests=[rest], at=at)
        return False
    unseen = any(step.state is ResultState.DEFERRED for step in steps)
    rests = [Rest(BatchState.READY, pauses.backoff(claim.attempt), "not seen")] if unseen else []
    settle(claim, steps=steps, rests=rests, at=at)
    return True


def _cannot_be_asked(claim: Claim, gateway: Gateway) -> str:
    """Why this gateway's word would prove nothing; empty when it would."""
    if claim.gateway != gateway.name:
        # Another vendor has never seen them either, which is no reason to send them again.
        return f"handed to {claim.gateway}, now {gateway.name}"
    return "" if gateway.supports_lookup else f"{gateway.name} cannot be asked"


def _answers(claim: Claim, letters: Sequence[Letter], gateway: Gateway) -> list[Step]:
    """Raises LookUpFailed."""
    steps = []
    for start in range(0, len(letters), gateway.max_batch):
        page = letters[start : start + gateway.max_batch]
        found = _look_up(claim, gateway, [letter.gateway_key for letter in page])
        for letter in page:
            report = found[letter.gateway_key]
            if report is None:
                steps.append(Step(letter.id, ResultState.DEFERRED, "not_seen"))
            else:
                steps.append(Step(letter.id, ResultState.ACCEPTED, provider_ref=report.provider_ref))
    return steps


def _look_up(claim: Claim, gateway: Gateway, keys: Sequence[UUID]) -> dict[UUID, Report | None]:
    """By the batch's name at the gateway where it has one. Raises LookUpFailed."""
    if not isinstance(gateway, Grouped) or not claim.group:
        return gateway.look_up(keys)
    if claim.group == UNOPENED:
        return dict.fromkeys(keys)  # its name is stored before it is sent
    return gateway.look_up_group(claim.group, keys)
