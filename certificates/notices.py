"""What is sent about a replacement: to the representative and to the contact there was before (§7.2, S36).

Both e-mails carry the link that stops it: whoever of the two did not expect it can act without waiting for
anybody.
"""

from django.conf import settings

from certificates.letters import Addressee, Letter, moment, to_both, to_one, url_of
from certificates.models import Replacement
from portal.members.models import User
from portal.members.roles import Role
from sms.outbox import Draft


def replaced(replacement: Replacement, token: str) -> list[Draft]:
    """That the certificate was replaced, when, and how to stop it."""
    at = replacement.finished_at or replacement.requested_at
    letter = Letter(
        key=_key(replacement, "replaced"),
        reference=_reference(replacement),
        letter="certificate_replaced",
        text="CERT_DONE",
        values={"t": moment(at), "tel": replacement.member.branch.phone},
        context={"replacement": replacement, "url": url_of("certificates:freeze", token), "at": at},
    )
    return to_both(letter, replacement.member)


def not_replaced(replacement: Replacement, message: str) -> list[Draft]:
    """That a request which waited ended without a replacement, and why."""
    letter = Letter(
        key=_key(replacement, "not_replaced"),
        reference=_reference(replacement),
        letter="certificate_not_replaced",
        text="CERT_NOT_DONE",
        values={"tel": replacement.member.branch.phone},
        context={"replacement": replacement, "url": url_of("certificates:replace"), "message": message},
    )
    return to_both(letter, replacement.member)


def frozen(replacement: Replacement) -> list[Draft]:
    """To the IT department: somebody says that this was not he."""
    people = User.objects.filter(groups__name=Role.IT_SUPPORT, is_active=True, is_staff=True).exclude(email="")
    addresses = sorted(set(people.values_list("email", flat=True))) or [settings.COOPERATIVE["email"]]
    letter = Letter(
        key=_key(replacement, "frozen"),
        reference=_reference(replacement),
        letter="certificate_frozen",
        context={"replacement": replacement, "url": url_of("admin:index")},
    )
    return [
        draft
        for n, address in enumerate(addresses)
        for draft in to_one(letter, replacement.member, Addressee(f"it{n}", "정보시스템부", "", address))
    ]


def _key(replacement: Replacement, event: str) -> str:
    return f"certificate:{replacement.public_id}:{event}"


def _reference(replacement: Replacement) -> str:
    return f"replacement:{replacement.public_id}"
