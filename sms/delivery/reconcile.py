"""Asking the gateway about messages in doubt. Only what it has surely never seen may be sent again."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sms.delivery import pauses
from sms.delivery.claim import EVERYWHERE, UNOPENED, Claim
from sms.delivery.letters import Letter, open_letters
from sms.delivery.results import Step
from sms.delivery.settle import Rest, settle
from sms.gateways.protocol import Gateway, Grouped, LookUpFailed, Report
from sms.models import BatchState, ResultState

log = logging.getLogger(__name__)


def ask(claim: Claim, *, gateways: Mapping[str, Gateway], at: datetime) -> bool:
    """Settle a batch in doubt: seen messages were accepted, the others go again, or a person decides.

    The gateway it was handed to is asked; after a recovery each of `gateways`, for any may have it. One that the
    settings do not name any more leaves it to a person: another vendor has never seen the messages either, which
    is no reason to send them again. False: it answers nothing just now.
    """
    letters = open_letters(claim)
    asked = _whom(claim, gateways)
    if not asked or not all(gateway.supports_lookup for gateway in asked):
        return _leave_to_a_person(claim, letters, at)
    try:
        seen, unseen = _answers(claim, letters, asked)
    except LookUpFailed as error:
        log.warning("batch %s stays in doubt: %s", claim.batch_id, error)
        quarantine = max(gateway.quarantine for gateway in asked)
        rest = Rest(BatchState.UNKNOWN, quarantine, str(error), tried=False)
        settle(claim, steps=(), rests=[rest], at=at)
        return False
    steps = seen.pop(claim.gateway) + [Step(letter.id, ResultState.DEFERRED, "not_seen") for letter in unseen]
    rests = [Rest(BatchState.READY, pauses.backoff(claim.attempt), "not seen")] if unseen else []
    settle(claim, steps=steps, elsewhere=seen, rests=rests, at=at)
    return True


def _whom(claim: Claim, gateways: Mapping[str, Gateway]) -> list[Gateway]:
    """Whom to ask, its own gateway first. Empty when that is not in use."""
    own = gateways.get(claim.gateway)
    if own is None:
        return []
    others = [one for one in gateways.values() if one is not own] if claim.group == EVERYWHERE else []
    return [own, *others]


def _leave_to_a_person(claim: Claim, letters: Sequence[Letter], at: datetime) -> bool:
    if not letters:  # reports have ended all of it meanwhile
        settle(claim, steps=(), at=at)
        return True
    reason = f"handed to {claim.gateway}, which cannot be asked"
    log.error("batch %s waits for a person: %s", claim.batch_id, reason)
    settle(claim, steps=(), rests=[Rest(BatchState.REVIEW, timedelta(0), reason)], at=at)
    return True


def _answers(
    claim: Claim, letters: Sequence[Letter], asked: Sequence[Gateway]
) -> tuple[dict[str, list[Step]], list[Letter]]:
    """What each gateway has accepted, by its name, and what none of them has seen. Raises LookUpFailed."""
    seen: dict[str, list[Step]] = {}
    unseen = list(letters)
    for gateway in asked:
        reports: dict[str, Report | None] = {}
        for start in range(0, len(unseen), gateway.max_batch):
            page = [letter.gateway_key for letter in unseen[start : start + gateway.max_batch]]
            reports |= _look_up(claim, gateway, page)
        found = [(letter, report) for letter in unseen if (report := reports[letter.gateway_key]) is not None]
        seen[gateway.name] = [
            Step(letter.id, ResultState.ACCEPTED, provider_ref=report.provider_ref) for letter, report in found
        ]
        unseen = [letter for letter in unseen if reports[letter.gateway_key] is None]
    return seen, unseen


def _look_up(claim: Claim, gateway: Gateway, keys: Sequence[str]) -> dict[str, Report | None]:
    """By the batch's name at the gateway where it has one. Raises LookUpFailed."""
    if not isinstance(gateway, Grouped) or claim.group in ("", EVERYWHERE):
        return gateway.look_up(keys)
    if claim.group == UNOPENED:
        return dict.fromkeys(keys)  # its name is stored before it is sent
    return gateway.look_up_group(claim.group, keys)
