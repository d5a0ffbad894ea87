"""What is sent about a registered certificate that ends, was revoked or rests: to representative and contact."""

from datetime import datetime

from certificates.letters import Letter, to_both, url_of
from certificates.models import BankCertificate
from portal.clock import seoul_day
from sms.outbox import Draft


def ending(certificate: BankCertificate, days: int, left: int) -> list[Draft]:
    """The warning of `days` before the end; `left` days are left today, 0 on the last one."""
    last_day = seoul_day(certificate.valid_until_at)
    values = {"d": f"{last_day:%y.%m.%d}"}
    return _told(certificate, f"ends_in_{days}", "CERT_EXP", values, "ending", last_day=last_day, left=left)


def revoked(certificate: BankCertificate, day: str) -> list[Draft]:
    """The bank revoked it on `day`, YYYY.MM.DD."""
    return _told(certificate, "revoked", "CERT_REVOKED", {"d": day[2:]}, "revoked", day=day)


def suspended(certificate: BankCertificate, at: datetime) -> list[Draft]:
    """Its effect rests until the bank restores it."""
    return _told(certificate, f"suspended:{seoul_day(at)}", "CERT_HELD", {}, "suspended", at=at)


def _told(
    certificate: BankCertificate, what: str, text: str, values: dict[str, str], letter: str, **context: object
) -> list[Draft]:
    """`what` keys the messages, `text` names the SMS, `letter` the e-mail after `certificate_`."""
    reference = f"bank_certificate:{certificate.pk}"
    told = Letter(
        key=f"{reference}:{what}",
        reference=reference,
        letter=f"certificate_{letter}",
        text=text,
        values=values,
        context={"certificate": certificate, "url": url_of("certificates:replace"), **context},
    )
    return to_both(told, certificate.member)
