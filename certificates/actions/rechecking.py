"""Every registered certificate against the lists we hold: revoked ones end at once, and their members know."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from certificates import watch_notices
from certificates.models import BankCertificate, Status, Warned
from certificates.queries import trust_table
from certificates.refusals import PARKABLE, Code, Refused
from certificates.revocation.lookup import Snapshot
from certificates.revocation.responders import Responders
from certificates.x509.facts import facts_of, load
from certificates.x509.path import find_issuer
from certificates.x509.revocation import check_revocation
from certificates.x509.trust import TrustTable
from portal.access import Actor
from portal.audit import trail
from portal.clock import seoul_day
from portal.members.models import Member
from sms.outbox import Draft, queue

log = logging.getLogger(__name__)


@dataclass
class Rechecked:
    """How many were found good, revoked, suspended, lifted, and not to be judged now."""

    good: int = 0
    revoked: int = 0
    suspended: int = 0
    lifted: int = 0
    unknown: int = 0


def recheck_certificates(*, by: Actor, at: datetime) -> Rechecked:
    """Judge all that are in use. Each change is a transaction of its own; unknown changes nothing."""
    rows = BankCertificate.everything.filter(status=Status.ACTIVE)
    watch = _Watch(trust_table(), Snapshot(rows.values_list("serial_hex", flat=True)), Responders(), at)
    tally, good = Rechecked(), []
    for pk, data, is_suspended in list(rows.values_list("pk", "der", "is_suspended")):
        try:
            watch.check(bytes(data))
        except Refused as refused:
            _follow(pk, refused, is_suspended, tally, by, at)
            continue
        tally.good += 1
        good.append(pk)
        if is_suspended:
            tally.lifted += lift_suspension(certificate_id=pk, by=by, at=at)
    BankCertificate.everything.filter(pk__in=good, status=Status.ACTIVE).update(checked_at=at)
    log.info("certificates checked by %s: %s", by.name, tally)
    return tally


@dataclass(frozen=True)
class _Watch:
    """What one run judges by. The responders are asked where lists say nothing."""

    trust: TrustTable
    lists: Snapshot
    responders: Responders
    at: datetime

    def check(self, data: bytes) -> None:
        """Raises Refused unless the certificate is neither revoked nor suspended."""
        certificate = load(data)
        facts = facts_of(certificate)
        issuer = find_issuer(certificate, facts, self.trust)
        known = self.lists.data_for(facts, issuer)
        none = timedelta(0)
        try:
            check_revocation(certificate, facts, issuer, self.trust, known, at=self.at, grace=none)
        except Refused as refused:
            answer = self.responders.ask(certificate, issuer) if refused.code in PARKABLE else None
            if answer is None:
                raise
            check_revocation(certificate, facts, issuer, self.trust, answer, at=self.at, grace=none)


def _follow(pk: int, refused: Refused, is_suspended: bool, tally: Rechecked, by: Actor, at: datetime) -> None:
    """What a refusal means for a registered certificate."""
    if refused.code is Code.REVOKED:
        tally.revoked += end_revoked(certificate_id=pk, day=refused.values.get("day", ""), by=by, at=at)
    elif refused.code is Code.SUSPENDED:
        if not is_suspended:
            tally.suspended += suspend(certificate_id=pk, by=by, at=at)
    else:
        tally.unknown += 1
        log.warning("registered certificate %d not judged: %s", pk, refused.code)


@transaction.atomic
def end_revoked(*, certificate_id: int, day: str, by: Actor, at: datetime) -> bool:
    """The bank revoked it on `day` (YYYY.MM.DD). False when it was not in use any more."""
    certificate = locked_in_use(certificate_id)
    if certificate is None:
        return False
    certificate.status, certificate.ended_at, certificate.checked_at = Status.REVOKED, at, at
    certificate.is_suspended = False
    certificate.ended_because = f"은행에서 폐지({day})"
    certificate.save(update_fields=["status", "ended_at", "checked_at", "is_suspended", "ended_because"])
    trail.record(action="bank_certificate.revoked", by=by, at=at, subject=certificate, detail={"day": day})
    tell_once(certificate, "revoked", watch_notices.revoked(certificate, day), at=at)
    return True


@transaction.atomic
def suspend(*, certificate_id: int, by: Actor, at: datetime) -> bool:
    """Its effect rests (효력정지): it stays registered, and is good for nothing until lifted."""
    certificate = locked_in_use(certificate_id)
    if certificate is None or certificate.is_suspended:
        return False
    _set_suspended(certificate, True, at)
    trail.record(action="bank_certificate.suspended", by=by, at=at, subject=certificate)
    tell_once(certificate, f"suspended:{seoul_day(at)}", watch_notices.suspended(certificate, at), at=at)
    return True


@transaction.atomic
def lift_suspension(*, certificate_id: int, by: Actor, at: datetime) -> bool:
    """It is off the list again (효력회복). The member did that himself, so nobody writes to him."""
    certificate = locked_in_use(certificate_id)
    if certificate is None or not certificate.is_suspended:
        return False
    _set_suspended(certificate, False, at)
    trail.record(action="bank_certificate.lifted", by=by, at=at, subject=certificate)
    return True


def locked_in_use(certificate_id: int) -> BankCertificate | None:
    """The certificate, if it is in use, locked behind its member's row, as replacing locks them."""
    member_id = BankCertificate.everything.values_list("member_id", flat=True).get(pk=certificate_id)
    Member.everything.select_for_update(of=("self",), no_key=True).get(pk=member_id)
    rows = BankCertificate.everything.select_for_update(of=("self",)).select_related("member__branch")
    return rows.filter(pk=certificate_id, status=Status.ACTIVE).first()


def tell_once(certificate: BankCertificate, what: str, drafts: list[Draft], *, at: datetime) -> bool:
    """Queue the messages unless the member was told this before. Members who left are not written to."""
    _, is_first = Warned.objects.get_or_create(certificate=certificate, what=what, defaults={"at": at})
    if is_first and certificate.member.is_trading:
        queue(drafts, at=at)
    return is_first


def _set_suspended(certificate: BankCertificate, is_suspended: bool, at: datetime) -> None:
    certificate.is_suspended, certificate.checked_at = is_suspended, at
    certificate.save(update_fields=["is_suspended", "checked_at"])
