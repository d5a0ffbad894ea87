"""From the member's certificate over a pinned issuer to a pinned root."""

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from certificates.refusals import Code, Refused
from certificates.x509.boundary import NOT_ISSUED, PARSER_ERRORS, refusing
from certificates.x509.facts import CertificateFacts
from certificates.x509.trust import PinnedCertificate, TrustTable

CLOCK_SKEW = timedelta(minutes=5)


def _shown_day(at: datetime) -> str:
    return at.strftime("%Y.%m.%d")


def check_validity(facts: CertificateFacts, *, at: datetime) -> None:
    """Both ends count; five minutes of clock difference are forgiven at the start only.

    Refused: EXPIRED, NOT_YET_VALID.
    """
    if at > facts.valid_until_at:
        raise Refused(Code.EXPIRED, facts.valid_until_at.isoformat(), day=_shown_day(facts.valid_until_at))
    if at < facts.valid_from_at - CLOCK_SKEW:
        raise Refused(Code.NOT_YET_VALID, facts.valid_from_at.isoformat(), day=_shown_day(facts.valid_from_at))


@refusing(Code.CERT_MALFORMED)
def find_issuer(certificate: x509.Certificate, facts: CertificateFacts, trust: TrustTable) -> PinnedCertificate:
    """The pinned issuer whose key signed the certificate. Refused: UNKNOWN_CA."""
    named = trust.issuers_named(facts.issuer_der)
    if not named:
        raise Refused(Code.UNKNOWN_CA, "issuer not pinned")
    for pin in named:
        try:
            certificate.verify_directly_issued_by(pin.certificate)
        except NOT_ISSUED:
            continue
        return pin
    raise Refused(Code.UNKNOWN_CA, "not signed by the pinned issuer of that name")


def check_path(
    certificate: x509.Certificate, issuer: PinnedCertificate, trust: TrustTable, *, at: datetime
) -> PinnedCertificate:
    """The root the path ends at. Refused: CHAIN_INVALID."""
    moment = max(at, certificate.not_valid_before_utc)  # the skew forgiven by check_validity
    try:
        verifier = (
            PolicyBuilder()
            .store(Store([pin.certificate for pin in trust.roots]))
            .time(moment)
            .max_chain_depth(1)
            .extension_policies(ca_policy=_authority_policy(), ee_policy=_member_policy())
            .build_client_verifier()
        )
        chain = verifier.verify(certificate, [issuer.certificate]).chain
    except VerificationError as error:
        raise Refused(Code.CHAIN_INVALID, str(error)[:200]) from None
    except PARSER_ERRORS as error:
        raise Refused(Code.CHAIN_INVALID, type(error).__name__) from None
    return next(pin for pin in trust.roots if pin.certificate == chain[-1])


def _authority_policy() -> ExtensionPolicy:
    """Issuer and root alike. KISA's roots carry no keyUsage; whoever carries one must allow signing.

    Policies and policy constraints are critical in yessign's issuers and judged by `usage`, so they are
    named here only to be tolerated.
    """
    return (
        ExtensionPolicy.permit_all()
        .require_present(x509.BasicConstraints, Criticality.AGNOSTIC, _must_be_authority)
        .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _may_sign_certificates)
        .may_be_present(x509.CertificatePolicies, Criticality.AGNOSTIC, None)
        .may_be_present(x509.PolicyConstraints, Criticality.AGNOSTIC, None)
    )


def _member_policy() -> ExtensionPolicy:
    """A member's certificate. What else is critical in it and unknown to us ends the path."""
    return (
        ExtensionPolicy.permit_all()
        .may_be_present(x509.BasicConstraints, Criticality.AGNOSTIC, _must_not_be_authority)
        .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, None)
        .may_be_present(x509.CertificatePolicies, Criticality.AGNOSTIC, None)
        .may_be_present(x509.SubjectAlternativeName, Criticality.AGNOSTIC, None)
    )


def _must_be_authority(_: Policy, __: x509.Certificate, constraints: x509.BasicConstraints) -> None:
    if not constraints.ca:
        raise ValueError("not an authority")


def _must_not_be_authority(_: Policy, __: x509.Certificate, constraints: x509.BasicConstraints | None) -> None:
    if constraints is not None and constraints.ca:
        raise ValueError("an authority's certificate")


def _may_sign_certificates(_: Policy, certificate: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is None:
        if certificate.issuer != certificate.subject:
            raise ValueError("issuer without keyUsage")
    elif not usage.key_cert_sign:
        raise ValueError("issuer may not sign certificates")
