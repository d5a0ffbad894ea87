"""What production refuses to start with. A wrong setting stops the process, it does not warn."""

from collections.abc import Sequence

from django.core.exceptions import ImproperlyConfigured

KNOWN_SECRET = "not-a-secret-used-outside-production-only-0123456789"  # noqa: S105 - refused in production
KNOWN_CODE_KEY = "not-a-key-of-real-documents-0123456789"
GATEWAYS = ("solapi", "nhn")
REPLACE_MODES = ("strict", "lenient")


def refuse_unsafe(
    *,
    secret: str,
    debug: bool,
    hosts: Sequence[str],
    database_url: str,
    redis_url: str,
    sms_gateway: str,
    sms_second_gateway: str,
    sms_keys: Sequence[str],
    payment_provider: str,
    payment_key: str,
    public_url: str,
    email_url: str,
    sealing_keys: Sequence[str],
    replace_mode: str,
    document_folder: str,
    code_key: str,
    seal: Sequence[object],
    stamps: Sequence[str],
    chairman: str,
) -> None:
    """Raise ImproperlyConfigured naming every fault at once, so that the operator mends them in one go."""
    faults = [
        (
            "SECRET_KEY is missing, known or shorter than 50 characters",
            len(secret) < 50 or secret == KNOWN_SECRET,
        ),
        ("DEBUG is on", debug),
        ("ALLOWED_HOSTS is empty or has '*'", not hosts or "*" in hosts),
        (
            "DATABASE_URL is missing or not PostgreSQL",
            not database_url.startswith(("postgres://", "postgresql://")),
        ),
        ("REDIS_URL is missing", not redis_url),
        ("SMS_GATEWAY is neither solapi nor nhn", sms_gateway not in GATEWAYS),
        (
            "SMS_SECOND_GATEWAY is neither empty nor the other of solapi and nhn",
            sms_second_gateway not in ("", *GATEWAYS) or (bool(sms_gateway) and sms_second_gateway == sms_gateway),
        ),
        (
            "SMS_GATEWAY_KEY, SMS_GATEWAY_SECRET, their SMS_SECOND_ ones or SMS_NHN_APP_KEY is missing",
            not all(sms_keys),
        ),
        ("PAYMENT_PROVIDER is not toss", payment_provider != "toss"),
        ("PAYMENT_SECRET_KEY is missing", not payment_key),
        ("PORTAL_PUBLIC_URL is not https", not public_url.startswith("https://")),
        ("EMAIL_URL is missing", not email_url),
        ("CERTIFICATE_SEALING_KEYS is missing", not sealing_keys),
        ("CERTIFICATE_REPLACE_MODE is neither strict nor lenient", replace_mode not in REPLACE_MODES),
        ("DOCUMENT_FOLDER is missing", not document_folder),
        (
            "DOCUMENT_CODE_KEY is missing, known or shorter than 32 bytes",
            len(code_key.encode()) < 32 or code_key == KNOWN_CODE_KEY,
        ),
        (
            "DOCUMENT_SEAL_CHAIN or the key of the seal (a file, or a whole DOCUMENT_SEAL_PKCS11_*) is missing",
            not all(seal),
        ),
        ("DOCUMENT_TSA_URL is given without DOCUMENT_TSA_ROOTS", bool(stamps[0]) and not stamps[1]),
        ("PORTAL_COOPERATIVE_CHAIRMAN is missing", not chairman),
    ]
    found = [text for text, is_fault in faults if is_fault]
    if found:
        raise ImproperlyConfigured("The portal does not start in production: " + "; ".join(found) + ".")
