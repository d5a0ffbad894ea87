"""The partitions whose lists the portal needs: those of certificates in use and of requests that wait."""

from certificates.models import BankCertificate, Replacement, ReplacementState, Status
from certificates.x509.facts import read_certificate

Wanted = dict[bytes, set[str]]  # issuer's name as DER → partitions its certificates name


def wanted_points() -> Wanted:
    """All of them."""
    whole: Wanted = {}
    for wanted in (active_points(), parked_points()):
        for issuer_der, points in wanted.items():
            whole.setdefault(issuer_der, set()).update(points)
    return whole


def active_points() -> Wanted:
    """Partitions of the certificates in use."""
    rows = BankCertificate.everything.filter(status=Status.ACTIVE).exclude(crl_point="")
    wanted: Wanted = {}
    for issuer_der, point in rows.order_by().values_list("issuer_der", "crl_point").distinct():
        wanted.setdefault(bytes(issuer_der), set()).add(point)
    return wanted


def parked_points() -> Wanted:
    """Partitions of the certificates whose replacement waits for them."""
    waiting = Replacement.everything.filter(state=ReplacementState.PARKED)
    wanted: Wanted = {}
    for data, old_issuer, old_point in waiting.values_list(
        "evidence__certificate_der", "old__issuer_der", "old__crl_point"
    ):
        facts = read_certificate(bytes(data))
        wanted.setdefault(facts.issuer_der, set()).update(facts.crl_points)
        if old_point:
            wanted.setdefault(bytes(old_issuer), set()).add(old_point)
    return wanted
