"""Which contract an application or guarantee belongs to (DOMAIN §2.5)."""

from datetime import datetime

from guarantees.models import Application, Contract, Guarantee
from guarantees.rules.chain import PAID_TO_OTHERS


def attach_contract(application: Application, *, at: datetime) -> Contract:
    """Find or make the contract an application is for, and set it on the application without saving it.

    One the draft was started from stays as long as the work keeps its name. A subcontractor's or supplier's
    guarantee belongs to the owner's contract of the same name and number.
    """
    known = application.contract
    if known is None or known.name != application.contract_name:
        known = _theirs(application) or contract_for(application, at=at)
    application.contract = known
    return known


def _theirs(application: Application) -> Contract | None:
    if application.product.family not in PAID_TO_OTHERS:
        return None
    alike = Contract.everything.filter(
        member_id=application.member_id, name=application.contract_name, number=application.contract_number
    )
    return alike.order_by("id").first()


def contract_for(row: Application | Guarantee, *, at: datetime) -> Contract:
    """The contract with these words; two at once find the same one by its unique constraint."""
    contract, _made = Contract.everything.get_or_create(
        member_id=row.member_id,
        name=row.contract_name,
        number=row.contract_number,
        beneficiary_name=row.beneficiary_name,
        defaults={"beneficiary_business_number": row.beneficiary_business_number, "created_at": at},
    )
    return contract
