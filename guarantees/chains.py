"""The guarantees and open applications of one contract.

Rows of the older books have no contract row: they belong together by the name and number written on them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from guarantees.models import Application, Guarantee, Product
from guarantees.queries import OPEN_STATES
from guarantees.rules.chain import EQUIPMENT_AFTER, OTHER_STEP, STEPS, Source, step_of
from guarantees.rules.releasing import FOLLOWED_FAMILIES, FOLLOWING_FAMILY
from guarantees.rules.states import ApplicationState, GuaranteeState

SHOWN = 20
UNDER_WAY = (ApplicationState.DRAFT, *OPEN_STATES)


@dataclass(frozen=True)
class ChainStep:
    """One step of the contract: the guarantees issued for it and the applications on their way."""

    label: str
    guarantees: tuple[Guarantee, ...]
    applications: tuple[Application, ...]


@dataclass(frozen=True)
class Chain:
    """The contract of a guarantee. `wants_equipment`: a works contract without its machinery guarantee."""

    steps: tuple[ChainStep, ...]
    wants_equipment: bool


def same_contract(guarantee: Guarantee) -> Q:
    """The condition for guarantees and applications of the same contract and member."""
    same = Q(contract_name=guarantee.contract_name, contract_number=guarantee.contract_number)
    if guarantee.contract_id is not None:
        same |= Q(contract_id=guarantee.contract_id)
    return same & Q(member_id=guarantee.member_id)


def chain_of(guarantee: Guarantee) -> Chain:
    """Every step of the guarantee's contract, by two queries; `guarantee` is one of them."""
    same = same_contract(guarantee)
    issued = list(Guarantee.everything.filter(same).select_related("product").order_by("id")[:SHOWN])
    open_applications = Application.everything.filter(same, state__in=UNDER_WAY)
    asked = list(open_applications.select_related("product").order_by("id")[:SHOWN])
    families = {row.product.family for row in issued} | {row.product.family for row in asked}
    wants_equipment = bool(families & EQUIPMENT_AFTER) and "equipment_payment" not in families
    return Chain(tuple(_steps(issued, asked)), wants_equipment and guarantee.state == GuaranteeState.ACTIVE)


def _steps(issued: Sequence[Guarantee], asked: Sequence[Application]) -> Iterator[ChainStep]:
    """The steps in order, empty ones too; what belongs to none of them last, where there is any."""
    for label in (*(label for label, _families in STEPS), OTHER_STEP):
        guarantees = tuple(row for row in issued if step_of(row.product.family) == label)
        applications = tuple(row for row in asked if step_of(row.product.family) == label)
        if guarantees or applications or label != OTHER_STEP:
            yield ChainStep(label, guarantees, applications)


def next_products() -> QuerySet[Product]:
    """What can be applied for on the contract of a guarantee: all that is offered, but no second bid."""
    return Product.objects.filter(is_offered=True).exclude(family="bid")


def source_of(guarantee: Guarantee) -> Source:
    """The contract as it stands on the guarantee."""
    return Source(
        family=guarantee.product.family,
        **{name: getattr(guarantee, name) for name in Source.__dataclass_fields__ if name != "family"},
    )


def follow_ups_of(guarantee: Guarantee) -> QuerySet[Guarantee]:
    """Defect guarantees of the same contract that take over from this one, the latest first."""
    if guarantee.product.family not in FOLLOWED_FAMILIES:
        return Guarantee.everything.none()
    issued = Guarantee.everything.filter(same_contract(guarantee), product__family=FOLLOWING_FAMILY)
    return issued.exclude(state=GuaranteeState.CANCELLED).order_by("-id")


def followed() -> Q:
    """The condition for guarantees a defect guarantee of the same contract has been issued after.

    Two questions instead of one with an OR, so that PostgreSQL can answer each from a hash.
    """
    later = Guarantee.everything.filter(product__family=FOLLOWING_FAMILY).exclude(state=GuaranteeState.CANCELLED)
    words = {name: OuterRef(name) for name in ("member_id", "contract_name", "contract_number")}
    same = Exists(later.filter(contract_id=OuterRef("contract_id"))) | Exists(later.filter(**words))
    return Q(product__family__in=FOLLOWED_FAMILIES) & Q(same)
