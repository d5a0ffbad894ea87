"""Proving that a number belongs to the added person: a code goes out by text and comes back typed (S32)."""

from datetime import datetime

from django.db import transaction

from portal.access import Actor
from portal.audit import trail
from portal.refusals import Refusal
from sms.actions.recipients import Asked, What, locked_person, may_manage, not_held, write_down
from sms.models import Proof, Purpose, Recipient
from sms.notices import recipient_code
from sms.outbox import queue
from sms.phone_codes import fingerprint, matches, new_code
from sms.rules.phone_codes import MOST_TRIES, Verdict, verdict
from sms.suppression import REASONS, suppressed


class AlreadyProven(Refusal):
    """A number that needs no code any more."""

    message = "이미 확인한 번호입니다. 안내 문자를 받고 있으니 더 하실 일은 없습니다."


class NoTextsThere(Refusal):
    """A number that gets no texts of ours."""


class CodeNotRight(Refusal):
    """A code that proves nothing: wrong, late, tried too often or never sent."""


CODE = ("code_fingerprint", "code_sent_at", "code_tries")
AGAIN = "‘인증번호 다시 받기’를 눌러 새 번호를 받아 주세요."
WRONG = {
    Verdict.TOO_LATE: f"인증번호를 입력할 수 있는 3분이 지났습니다. {AGAIN}",
    Verdict.TOO_MANY: f"인증번호를 {MOST_TRIES}번 틀리게 입력하여 이 번호로는 더 확인할 수 없습니다. {AGAIN}",
}


def send_code(*, recipient_id: int, by: Actor, at: datetime) -> Recipient:
    """Text a fresh code to the person's number; the code before it is good for nothing any more.

    Raises AlreadyProven, NoTextsThere, AlreadyRemoved, NotTheirDecision, Recipient.DoesNotExist (out of sight).
    """
    asked, code = Asked(), new_code()
    may_manage(by, asked)
    with transaction.atomic():
        person = locked_person(recipient_id, by)
        not_held(person.member, asked, at)
        _may_be_texted(person)
        person.code_fingerprint = fingerprint(code, recipient_id=person.pk)
        person.code_sent_at, person.code_tries = at, 0
        person.save(update_fields=CODE)
        queue(recipient_code(person, code), at=at)
        trail.record(
            action="reception.code_sent", by=by, at=at, subject=person.member, detail={"name": person.name}
        )
    return person


def prove(*, recipient_id: int, typed: str, by: Actor, at: datetime) -> Recipient:
    """The typed code is right: the person receives from now on. A wrong one is counted.

    Raises CodeNotRight, AlreadyProven, AlreadyRemoved, NotTheirDecision, Recipient.DoesNotExist (out of sight).
    """
    asked = Asked()
    may_manage(by, asked)
    with transaction.atomic():
        person = locked_person(recipient_id, by)
        not_held(person.member, asked, at)
        found = _verdict(person, typed, at)
        if found is Verdict.RIGHT:
            _proven(person, by, at, asked)
        elif found is Verdict.WRONG:
            person.code_tries += 1
            person.save(update_fields=["code_tries"])
    # Only now, for a wrong entry must stay counted.
    if found is not Verdict.RIGHT:
        raise CodeNotRight(_sentence(found, left=MOST_TRIES - person.code_tries))
    return person


def _may_be_texted(person: Recipient) -> None:
    if person.is_proven:
        raise AlreadyProven
    if reason := suppressed(Purpose.ONE_TIME_CODE, [person.mobile]).get(person.mobile):
        raise NoTextsThere(
            f"이 번호로는 인증번호를 보낼 수 없습니다. {REASONS[reason]}. 관할 지점에 알려 주시면 확인해 드립니다."
        )


def _verdict(person: Recipient, typed: str, at: datetime) -> Verdict:
    if person.is_proven:
        raise AlreadyProven
    if person.code_sent_at is None:
        raise CodeNotRight("아직 보낸 인증번호가 없습니다. ‘인증번호 받기’를 먼저 눌러 주세요.")
    is_right = matches(typed, person.code_fingerprint, recipient_id=person.pk)
    return verdict(matches=is_right, sent_at=person.code_sent_at, tries=person.code_tries, at=at)


def _proven(person: Recipient, by: Actor, at: datetime, asked: Asked) -> None:
    person.proof, person.proven_at = Proof.CODE, at
    person.code_fingerprint, person.code_sent_at, person.code_tries = "", None, 0
    person.save(update_fields=["proof", "proven_at", *CODE])
    detail = "문자로 받은 인증번호로 확인"
    write_down(person.member, What.PROVEN, by=by, at=at, asked=asked, recipient=person, detail=detail)


def _sentence(found: Verdict, *, left: int) -> str:
    if found is Verdict.WRONG and left:
        return f"인증번호가 맞지 않습니다. 문자의 여섯 자리를 다시 확인해 주세요. {left}번 더 입력할 수 있습니다."
    return WRONG[Verdict.TOO_MANY if found is Verdict.WRONG else found]
