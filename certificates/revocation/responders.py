"""The OCSP responders of the approved issuers: asked where lists say nothing, and never inside a transaction."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from cryptography import x509

from certificates.models import Authority, AuthorityRole
from certificates.refusals import PARKABLE, Refused
from certificates.revocation.asking import ask
from certificates.revocation.lookup import data_for
from certificates.x509.facts import facts_of, load
from certificates.x509.path import find_issuer
from certificates.x509.revocation import AnswerBytes, check_revocation
from certificates.x509.trust import PinnedCertificate, TrustTable

GIVE_UP_AFTER = 3  # questions to a responder without an answer
Answers = Mapping[str, AnswerBytes]  # SHA-256 of a certificate → what its responder said of it
NO_ANSWERS: Answers = {}


class Responders:
    """Addresses as configured, by issuer. One that stays silent three times is asked no more in this round."""

    def __init__(self) -> None:
        rows = Authority.objects.filter(
            role=AuthorityRole.ISSUER, approved_at__isnull=False, retired_at__isnull=True
        ).exclude(ocsp_endpoint="")
        self._addresses: dict[str, str] = dict(rows.values_list("sha256", "ocsp_endpoint"))
        self._silent: Counter[str] = Counter()

    def serves(self, issuer: PinnedCertificate) -> bool:
        """Whether the issuer has a configured responder."""
        return issuer.sha256 in self._addresses

    def ask(self, certificate: x509.Certificate, issuer: PinnedCertificate) -> AnswerBytes | None:
        """The unjudged answer; None without a responder or an answer."""
        address = self._addresses.get(issuer.sha256)
        if not address or self._silent[address] >= GIVE_UP_AFTER:
            return None
        answer = ask(certificate, issuer, address)
        self._silent[address] += answer is None
        return answer

    def ask_about(self, certificates: Iterable[bytes], trust: TrustTable, *, at: datetime) -> Answers:
        """What is said of those certificates (DER) that no list judges now."""
        answers = {}
        for data in certificates:
            answer = self._of(data, trust, at)
            if answer is not None:
                answers[fingerprint(data)] = answer
        return answers

    def _of(self, data: bytes, trust: TrustTable, at: datetime) -> AnswerBytes | None:
        try:
            certificate = load(data)
            facts = facts_of(certificate)
            issuer = find_issuer(certificate, facts, trust)
        except Refused:
            return None
        try:
            listed = data_for(facts, issuer)
            check_revocation(certificate, facts, issuer, trust, listed, at=at, grace=timedelta(0))
        except Refused as refused:
            return self.ask(certificate, issuer) if refused.code in PARKABLE else None
        return None


def fingerprint(certificate_der: bytes) -> str:
    """The key of `Answers`."""
    return hashlib.sha256(certificate_der).hexdigest()
