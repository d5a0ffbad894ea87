"""What production refuses to start with. A wrong setting stops the process, it does not warn."""

from collections.abc import Sequence

from django.core.exceptions import ImproperlyConfigured

KNOWN_SECRET = "not-a-secret-used-outside-production-only-0123456789"  # noqa: S105 - refused in production
SIMULATORS = ("", "simulator")


def refuse_unsafe(
    *,
    secret: str,
    debug: bool,
    hosts: Sequence[str],
    database_url: str,
    redis_url: str,
    sms_gateway: str,
    public_url: str,
    email_url: str,
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
        ("SMS_GATEWAY is missing or the simulator", sms_gateway in SIMULATORS),
        ("PORTAL_PUBLIC_URL is not https", not public_url.startswith("https://")),
        ("EMAIL_URL is missing", not email_url),
    ]
    found = [text for text, is_fault in faults if is_fault]
    if found:
        raise ImproperlyConfigured("The portal does not start in production: " + "; ".join(found) + ".")
