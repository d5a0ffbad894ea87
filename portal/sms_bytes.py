"""The size of a text in an SMS, as an expression of the database: one byte for ASCII, two for the rest."""

from django.db.models import F, Func, IntegerField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Length


def sms_bytes(field: str) -> Combinable:
    """Bytes of `field` in CP949, provided its characters are sendable at all."""
    wide = Func(F(field), Value(r"[\x01-\x7F]"), Value(""), Value("g"), function="regexp_replace")
    return Length(field, output_field=IntegerField()) + Length(wide, output_field=IntegerField())
