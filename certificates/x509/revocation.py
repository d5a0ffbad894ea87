"""Is the certificate revoked or suspended? One question over three kinds of data."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509

from certificates.refusals import Code, Refused
from certificates.x509 import crl, ocsp
from certificates.x509.facts import CertificateFacts, facts_of, load
from certificates.x509.path import find_issuer
from certificates.x509.receipt import Evidence, shown_time
from certificates.x509.trust import PinnedCertificate, TrustTable


@dataclass(frozen=True)
class ListBytes:
    """A revocation list as fetched, with the highest number already taken for its partition."""

    der: bytes
    number_seen: int | None = None


@dataclass(frozen=True)
class ImportedList:
    """A list opened and checked at import: its header, and the row of this certificate if there is one."""

    header: crl.ListHeader
    entry: crl.RevokedEntry | None


@dataclass(frozen=True)
class AnswerBytes:
    """An OCSP answer as received, with the nonce it was asked with."""

    der: bytes
    nonce: bytes | None = None


RevocationData = ListBytes | ImportedList | AnswerBytes | None


@dataclass(frozen=True)
class Standing:
    """Neither revoked nor suspended. `current` is False when the data was only within its grace."""

    current: bool
    evidence: tuple[Evidence, ...]


def check_revocation(
    certificate: x509.Certificate,
    facts: CertificateFacts,
    issuer: PinnedCertificate,
    trust: TrustTable,
    data: RevocationData,
    *,
    at: datetime,
    grace: timedelta,
) -> Standing:
    """Refused: REVOKED, SUSPENDED, or one of PARKABLE when the data does not answer the question."""
    if data is None:
        raise Refused(Code.REVOCATION_UNAVAILABLE, "no data")
    if isinstance(data, AnswerBytes):
        answer = ocsp.open_answer(data.der, certificate, issuer, trust, nonce=data.nonce, at=at, grace=grace)
        crl.refuse_revoked(answer.entry)
        return Standing(answer.current, _answer_evidence(answer))
    if isinstance(data, ListBytes):
        opened = crl.open_list(data.der, trust, number_seen=data.number_seen)
        data = ImportedList(opened.header, opened.entry(facts.serial_hex))
    crl.check_scope(data.header, facts, issuer)
    # an entry counts even in an old list: revocation is not undone by time
    if data.entry is not None and data.entry.on_hold:
        crl.check_fresh(data.header, at=at, grace=grace)
    crl.refuse_revoked(data.entry)
    current = crl.check_fresh(data.header, at=at, grace=grace)
    return Standing(current, _list_evidence(data.header))


def recheck(
    certificate_der: bytes, trust: TrustTable, data: RevocationData, *, at: datetime, grace: timedelta
) -> Standing:
    """The same question about a stored certificate, for the watch and for parked requests."""
    certificate = load(certificate_der)
    facts = facts_of(certificate)
    issuer = find_issuer(certificate, facts, trust)
    return check_revocation(certificate, facts, issuer, trust, data, at=at, grace=grace)


def _list_evidence(header: crl.ListHeader) -> tuple[Evidence, ...]:
    return (
        Evidence("확인 자료", f"폐지목록(CRL) {header.number}호"),
        Evidence("발행", shown_time(header.this_update_at)),
        Evidence("다음 발행 예정", shown_time(header.next_update_at)),
        Evidence("구역", ", ".join(header.partitions) or "전체"),
        Evidence("자료 SHA-256", header.sha256),
    )


def _answer_evidence(answer: ocsp.OcspAnswer) -> tuple[Evidence, ...]:
    until = shown_time(answer.next_update_at) if answer.next_update_at else "적혀 있지 않음"
    return (
        Evidence("확인 자료", "실시간 상태확인(OCSP)"),
        Evidence("응답 기관", answer.responder_dn),
        Evidence("응답 기준", shown_time(answer.this_update_at)),
        Evidence("응답 유효", until),
        Evidence("자료 SHA-256", answer.sha256),
    )
