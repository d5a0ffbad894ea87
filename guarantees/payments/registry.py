"""From settings to the one provider in use."""

from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from guarantees.payments import toss
from guarantees.payments.provider import PaymentProvider
from guarantees.payments.toss import TossProvider
from sms.gateways.transport import Channel


@cache
def provider() -> PaymentProvider:
    """The provider that PAYMENT_PROVIDER names; the simulator speaks the real one's wire.

    Raises ImproperlyConfigured.
    """
    name, url, key = settings.PAYMENT_PROVIDER, settings.PAYMENT_URL, settings.PAYMENT_SECRET_KEY
    if name not in ("toss", "simulator") or not key:
        raise ImproperlyConfigured(f"PAYMENT_PROVIDER={name!r} is unknown, or PAYMENT_SECRET_KEY is missing")
    return TossProvider(Channel(url or toss.URL), key, name=name)
