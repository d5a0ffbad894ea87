"""What the key may be used for, and what the certificate was issued for."""

from cryptography import x509

from certificates.refusals import Code, Refused
from certificates.x509.boundary import refusing
from certificates.x509.facts import CertificateFacts
from certificates.x509.purposes import Kind, Purpose, purpose_of


@refusing(Code.CERT_MALFORMED)
def check_key_usage(certificate: x509.Certificate) -> None:
    """digitalSignature and nonRepudiation, and no authority's bits.

    Refused: KEY_USAGE, as for the encryption pair kmCert/kmPri that lies in the same folder.
    """
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        raise Refused(Code.KEY_USAGE, "no keyUsage") from None
    if not (usage.digital_signature and usage.content_commitment):
        raise Refused(Code.KEY_USAGE, "not digitalSignature and nonRepudiation")
    if usage.key_cert_sign or usage.crl_sign:
        raise Refused(Code.KEY_USAGE, "an authority's key")


def check_policy(facts: CertificateFacts, allowed: frozenset[str]) -> Purpose:
    """The first of the certificate's policies that is allowed.

    Refused: PERSONAL_WHERE_CORPORATE, POLICY_NOT_ALLOWED.
    """
    for oid in facts.policy_oids:
        if oid in allowed:
            return purpose_of(oid)
    purpose = purpose_of(facts.policy_oid)
    if purpose.kind is Kind.PERSONAL:
        raise Refused(Code.PERSONAL_WHERE_CORPORATE, purpose.oid)
    raise Refused(Code.POLICY_NOT_ALLOWED, purpose.oid or "no policy", purpose=purpose.name)
