"""A guarantee issued with its document, as the beneficiary and the purchasing officer get it."""

import io
import re
from datetime import timedelta

import pypdf

from guarantees.actions import issuing
from guarantees.documents import content_of, document_in_force
from guarantees.models import Delivery, Guarantee, GuaranteeDocument
from guarantees.procurement.drain import deliver_due
from guarantees.procurement.protocol import ProcurementSystem
from portal.access import Actor
from sms.models import Message
from tests.factories import business_number
from tests.stories import FRIDAY, Cast, admin, approved

AT = FRIDAY + timedelta(hours=3)
SYSTEM = Actor.system("시험")
BENEFICIARY = business_number(9001)
EMAIL = "facility@example.kr"
CODE = re.compile(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}")
LINK = re.compile(r"http\S+/b/([\w-]{43})/")


def issued(cast: Cast, channel: str = "print", **fields: object) -> Guarantee:
    """Through the counter, with everything a delivery needs."""
    given = {
        "delivery_channel": channel, "beneficiary_email": EMAIL, "beneficiary_business_number": BENEFICIARY,
        **fields,
    }  # fmt: skip
    application = approved(cast, **given)
    return issuing.issue(
        application_id=application.pk, by=admin(cast.officer), at=AT, agreement_confirmed=True, fee_confirmed=True
    )


def document_of(guarantee: Guarantee) -> GuaranteeDocument:
    document = document_in_force(guarantee)
    assert document is not None
    return document


def code_on(document: GuaranteeDocument) -> str:
    """The verification code as it is printed."""
    pages = pypdf.PdfReader(io.BytesIO(content_of(document))).pages
    (code,) = set(CODE.findall("\n".join(page.extract_text() for page in pages)))
    return code


def last_delivery(guarantee: Guarantee) -> Delivery:
    found = guarantee.deliveries.order_by("-id").first()
    assert found is not None
    return found


def deliver(system: ProcurementSystem, at: object) -> int:
    """One ring of the task at an instant."""
    return deliver_due(now=lambda: at, system=system, by=SYSTEM)


def last_link(guarantee: Guarantee) -> str:
    """The secret in the letter that was written last."""
    letters = Message.everything.filter(key__startswith=f"delivery_link:{guarantee.public_id}:").order_by("-id")
    return LINK.findall(letters[0].body)[0]


def letters(guarantee: Guarantee) -> list[tuple[str, str]]:
    """(what, to) of each letter about the deliveries, in order."""
    rows = Message.everything.filter(purpose="delivery", reference=f"guarantee:{guarantee.public_id}").order_by(
        "created_at", "key"
    )
    return [(row.key.partition(":")[0], row.to) for row in rows]
