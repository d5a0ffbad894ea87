"""Which dated terms of business count on a day: the latest in force, made by one person and checked by another."""

from datetime import date

from django.db.models import Q, QuerySet

from guarantees.models import AmountRule, FeeAdjustment, Product, ProductTerms, ScreeningPolicy
from guarantees.rules.authority import Authority

# A row nobody made came with the portal; one a person made counts once another has checked it.
AGREED = Q(made_by__isnull=True) | Q(checked_by__isnull=False)


def screening_policy_on(day: date) -> ScreeningPolicy:
    """The 업무 기준 of a day: authority, deadlines, settlement, automatic screening.

    The portal opens with one, which nobody can delete; raises ScreeningPolicy.DoesNotExist before its day.
    """
    return ScreeningPolicy.objects.filter(AGREED, effective_from__lte=day).latest("effective_from", "id")


def authority_on(day: date) -> Authority:
    """Who decides on which amounts that day."""
    policy = screening_policy_on(day)
    return Authority(policy.officer_up_to, policy.head_up_to, policy.second_person_above)


def terms_on(product_code: str, day: date) -> ProductTerms | None:
    """The rates and wording of a product in force on a day, None before its first."""
    known = ProductTerms.objects.filter(AGREED, product_id=product_code, effective_from__lte=day)
    return known.order_by("-effective_from").first()


def amount_rule_on(product: Product, work_kind: str, day: date) -> AmountRule | None:
    """The statutory share for this product and kind of work, else the product's share for all other work.

    None where no law sets one: then only the contract does.
    """
    known = AmountRule.objects.filter(AGREED, product=product, effective_from__lte=day)
    own = _latest(known.filter(work_kind=work_kind)) if work_kind else None
    return own or _latest(known.filter(work_kind=""))


def _latest(rules: QuerySet[AmountRule]) -> AmountRule | None:
    return rules.order_by("-effective_from", "-id").first()


def adjustment_on(member_id: int, product: Product, day: date) -> FeeAdjustment | None:
    """The member's surcharge or discount on a day: the one for this product before the one for all."""
    known = FeeAdjustment.everything.filter(
        AGREED,
        Q(effective_until__isnull=True) | Q(effective_until__gte=day),
        Q(product=product) | Q(product__isnull=True),
        member_id=member_id,
        effective_from__lte=day,
    )
    # PostgreSQL puts null last when ascending: a row for the product itself stands before the general one.
    return known.order_by("product_id", "-effective_from", "-id").first()
