"""From one guarantee of a contract to the next: a draft filled in from it, and the release it makes possible."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from guarantees.actions import drafts
from guarantees.actions.contracts import contract_for
from guarantees.actions.release_requests import ask_release
from guarantees.actions.rows import NotFound
from guarantees.chains import follow_ups_of, source_of
from guarantees.models import Application, Guarantee, Product, RequestParty
from guarantees.releases import to_propose
from guarantees.rules.chain import prefill
from portal.access import Actor
from portal.audit.trail import record
from portal.clock import seoul_day
from portal.refusals import Refusal

CIRCUMSTANCES = ("contract_role", "owner_kind", "work_kind", "site_address")


@transaction.atomic
def start_next(*, guarantee_id: int, product_code: str, form_key: UUID, by: Actor, at: datetime) -> Application:
    """A draft of another product for the contract of a guarantee, filled in from it.

    The same form sent again is the same draft, with what was typed into it since.
    Raises NotFound, NotAllowed, NotOffered, FormUsed.
    """
    guarantee = (
        Guarantee.everything.within(by.scope)
        .select_related("product", "contract", "application")
        .filter(pk=guarantee_id)
        .first()
    )
    if guarantee is None:
        raise NotFound
    draft = drafts.start(product_code=product_code, form_key=form_key, by=by, at=at)
    if draft.contract_id is not None:
        return draft
    family = Product.objects.get(pk=product_code).family
    values = {**prefill(source_of(guarantee), family, today=seoul_day(at)), **_circumstances(guarantee)}
    draft = drafts.save(application_id=draft.pk, by=by, at=at, values=values)
    draft.contract = guarantee.contract or contract_for(guarantee, at=at)
    draft.save(update_fields=["contract"])
    detail = {"guarantee": guarantee.number, "product": product_code}
    record(action="application.start_from", by=by, at=at, subject=draft, detail=detail)
    return draft


def _circumstances(guarantee: Guarantee) -> dict[str, str]:
    """What the application said of the contract and does not stand on the guarantee."""
    source = guarantee.application
    return {name: getattr(source, name) for name in CIRCUMSTANCES} if source is not None else {}


def propose_releases(*, by: Actor, at: datetime) -> int:
    """Propose the release of contract guarantees whose defect guarantee was issued. Returns how many.

    Looked for again and again instead of being told by the issue: nothing is lost when a process dies in
    between. A proposal that was answered is not made again for the same defect guarantee.
    """
    return sum(_propose(guarantee, by, at) for guarantee in to_propose())


def _propose(guarantee: Guarantee, by: Actor, at: datetime) -> bool:
    follow_up = follow_ups_of(guarantee)[0]
    try:
        ask_release(
            guarantee_id=guarantee.pk, party=RequestParty.SYSTEM, ground="follow_up", follow_up_id=follow_up.pk,
            note=f"{follow_up.product.name} {follow_up.number} 발급", by=by, at=at,
        )  # fmt: skip
    except Refusal:
        return False
    return True
