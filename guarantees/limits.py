"""What stands against a member's limit: summed by the database, in won (S23, DOMAIN §2.4)."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    F,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Cast, Coalesce, Greatest

from guarantees.models import (
    Application,
    Capital,
    Endorsement,
    EndorsementState,
    Guarantee,
    LimitPolicy,
    MemberLimit,
    Product,
    SubLimit,
)
from guarantees.policies import AGREED
from guarantees.rules import forecast as months_ahead
from guarantees.rules.limit import (
    NEAR_PCT,
    RESERVING_STATES,
    USING_STATES,
    available,
    ceiling,
    consumption,
    is_near,
    limit,
)
from guarantees.rules.states import ApplicationState
from portal.members.models import Member, MemberStatus

# Before the decision nothing is reserved yet: only then is it a question what an application would take.
UNDECIDED = frozenset(
    {
        ApplicationState.DRAFT,
        ApplicationState.SUBMITTED,
        ApplicationState.IN_REVIEW,
        ApplicationState.SUPPLEMENT,
    }
)


@dataclass(frozen=True)
class ProductPosition:
    """What one product takes, and the most it may take where there is a sub-limit (개별한도)."""

    product: Product
    used: int
    reserved: int
    sub_limit: int | None

    @property
    def available(self) -> int | None:
        """What the sub-limit leaves; None where there is none."""
        return None if self.sub_limit is None else available(self.sub_limit, self.used, self.reserved)


@dataclass(frozen=True)
class LimitPosition:
    """A member's limit, how it comes about, and what stands against it."""

    limit: int
    used: int
    reserved: int
    grade: str
    shares: int
    unit_limit: int
    grade_pct: int
    special_limit: int
    per_product: tuple[ProductPosition, ...]

    @property
    def available(self) -> int:
        """What can still be approved; negative after a cut."""
        return available(self.limit, self.used, self.reserved)

    @property
    def taken(self) -> int:
        """Used and reserved together."""
        return self.used + self.reserved

    @property
    def short(self) -> int:
        """By how much more is taken than there is; 0 while it fits."""
        return max(0, -self.available)

    @property
    def is_near(self) -> bool:
        """Whether more than 90 % is taken."""
        return is_near(self.limit, self.taken)

    def of(self, product: Product) -> ProductPosition:
        """What `product` takes."""
        found = (one for one in self.per_product if one.product.pk == product.pk)
        return next(found, ProductPosition(product, 0, 0, None))


@dataclass(frozen=True)
class Effect:
    """What one more guarantee would do. `sub_after` is None for a product without a sub-limit."""

    position: LimitPosition
    product: Product
    needed: int

    @property
    def after(self) -> int:
        """What is left of the limit; negative when it does not fit."""
        return self.position.available - self.needed

    @property
    def sub_after(self) -> int | None:
        """What is left of the product's sub-limit."""
        left = self.position.of(self.product).available
        return None if left is None else left - self.needed

    @property
    def short(self) -> int:
        """How much is missing of the limit or, where that would do, of the sub-limit; 0 when it fits."""
        return max(0, -self.after) or max(0, -(self.sub_after or 0))

    @property
    def fits(self) -> bool:
        """Whether it could be approved as things stand."""
        return self.short == 0


def limit_policy_on(day: date) -> LimitPolicy:
    """The 한도 기준 of a day. The portal opens with one, which nobody can delete."""
    return LimitPolicy.objects.filter(AGREED, effective_from__lte=day).latest("effective_from", "id")


def limit_under(policy: LimitPolicy, *, shares: int, grade: str, special_limit: int) -> int:
    """The limit these terms come to, in won."""
    pct = policy.grade_pct[grade]
    return limit(shares=shares, unit_limit=policy.unit_limit, grade_pct=pct, special_limit=special_limit)


def position_of(member_id: int, *, day: date) -> LimitPosition | None:
    """The member's limit on a day with what stands against it; None while no limit has been set."""
    row = MemberLimit.everything.filter(member_id=member_id).first()
    return None if row is None else position(row, day=day)


def position(row: MemberLimit, *, day: date, leaving_out: int | None = None) -> LimitPosition:
    """The same of a row in hand; `leaving_out` is an application whose own reservation does not count."""
    policy = limit_policy_on(day)
    per_product = _per_product(row.member_id, leaving_out)
    return LimitPosition(
        limit=limit_under(policy, shares=row.shares, grade=row.grade, special_limit=row.special_limit),
        used=sum(one.used for one in per_product),
        reserved=sum(one.reserved for one in per_product),
        grade=row.grade,
        shares=row.shares,
        unit_limit=policy.unit_limit,
        grade_pct=policy.grade_pct[row.grade],
        special_limit=row.special_limit,
        per_product=per_product,
    )


def effect_of(position: LimitPosition, *, product: Product, amount: int, collateral: int = 0) -> Effect:
    """What a guarantee of `amount` won would do to the limit."""
    return Effect(position, product, consumption(amount, product.limit_weight_bp, collateral=collateral))


def effect_on(application: Application, *, day: date) -> Effect | None:
    """The same for an application, as its pages show it; None once decided, without amount or without limit."""
    if application.state not in UNDECIDED or not application.amount:
        return None
    found = position_of(application.member_id, day=day)
    if found is None:
        return None
    return effect_of(
        found, product=application.product, amount=application.amount, collateral=application.collateral
    )


def forecast(member_id: int, *, day: date, months: int = 12) -> months_ahead.Forecast:
    """What comes free of the member's limit, from the month of `day` on."""
    days = (
        Guarantee.everything.filter(member_id=member_id, state__in=USING_STATES)
        .order_by()
        .values_list("ends_on", "product__auto_release")
        .annotate(won=Sum(consumption_of("outstanding")), count=Count("pk"))
    )
    endings = (months_ahead.Ending(*row) for row in days if row[2])
    return months_ahead.forecast(endings, today=day, months=months)


def with_totals(rows: QuerySet[MemberLimit], *, day: date) -> QuerySet[MemberLimit]:
    """The rows with `limit_won`, `used_won` and `reserved_won`, for lists."""
    policy = limit_policy_on(day)
    pct = Case(
        *(When(grade=grade, then=Value(share)) for grade, share in policy.grade_pct.items()),
        output_field=IntegerField(),
    )
    shares = Cast("shares", BigIntegerField())
    limit_won = shares * policy.unit_limit * pct / 100 + F("special_limit")
    return rows.annotate(limit_won=limit_won, used_won=used_by("member_id"), reserved_won=reserved_by("member_id"))


def used_by(member: str) -> Coalesce:
    """What the guarantees of a row's member take, in won; `member` is the row's field with the member's id."""
    return _sum_of_member(Guarantee.everything.filter(state__in=USING_STATES), "outstanding", member)


def reserved_by(member: str) -> CombinedExpression:
    """What approved applications and larger changes of a row's member will take, in won."""
    applications = Application.everything.filter(state__in=RESERVING_STATES)
    return _sum_of_member(applications, "amount", member) + _raised_of_member(member)


def near_the_limit(rows: QuerySet[MemberLimit]) -> QuerySet[MemberLimit]:
    """Those of rows `with_totals` who have taken more than 90 % of their limit, or more than all of it."""
    taken = F("used_won") + F("reserved_won")
    return rows.annotate(taken_pct=taken * 100).filter(taken_pct__gt=F("limit_won") * NEAR_PCT)


def members_without_limit(members: QuerySet[Member]) -> QuerySet[Member]:
    """Trading members nobody has set a limit for: nothing of theirs can be approved."""
    return members.filter(limit__isnull=True, status=MemberStatus.ACTIVE)


def all_outstanding() -> int:
    """What the cooperative has guaranteed altogether, without what collateral covers."""
    rows = Guarantee.everything.filter(state__in=USING_STATES)
    return rows.aggregate(won=Sum(_uncovered("outstanding")))["won"] or 0


def ceiling_on(day: date) -> int | None:
    """35 times the capital in force; None while nobody has entered one."""
    capital = Capital.objects.filter(AGREED, effective_from__lte=day).order_by("-effective_from").first()
    return None if capital is None else ceiling(capital.amount)


def _uncovered(amount: str) -> Greatest:
    return Greatest(F(amount) - F("collateral"), Value(0), output_field=BigIntegerField())


def consumption_of(amount: str):  # type: ignore[no-untyped-def] # an expression of Django's, which has no one type
    """`rules.limit.consumption` in SQL: whole numbers divide downwards there, so 9,999 more rounds up."""
    return (_uncovered(amount) * F("product__limit_weight_bp") + 9_999) / 10_000


def _raising(**whose: object) -> QuerySet[Endorsement]:
    """Approved changes that wait for their payment and will make a guarantee larger."""
    rows = Endorsement.everything.filter(state=EndorsementState.APPROVED, new_amount__gt=F("old_amount"), **whose)
    return rows.order_by()


def _increase() -> CombinedExpression:
    """What such a change will take beyond what its guarantee takes now: no collateral covers it."""
    return ((F("new_amount") - F("old_amount")) * F("guarantee__product__limit_weight_bp") + 9_999) / 10_000


def _per_product(member_id: int, leaving_out: int | None) -> tuple[ProductPosition, ...]:
    """One pass over what stands against the limit, and one over the sub-limits."""
    guarantees = Guarantee.everything.filter(member_id=member_id, state__in=USING_STATES)
    applications = Application.everything.filter(member_id=member_id, state__in=RESERVING_STATES)
    if leaving_out is not None:
        applications = applications.exclude(pk=leaving_out)
    used, reserved = (
        rows.order_by().values_list("product_id").annotate(won=Sum(consumption_of(amount)), side=Value(side))
        for rows, amount, side in ((guarantees, "outstanding", "used"), (applications, "amount", "reserved"))
    )
    raised = (
        _raising(guarantee__member_id=member_id)
        .values_list("guarantee__product_id")
        .annotate(won=Sum(_increase()), side=Value("raised"))
    )
    taken: dict[tuple[str, str], int] = Counter()
    for code, won, side in used.union(reserved, raised, all=True):
        taken[code, "used" if side == "used" else "reserved"] += won
    capped = dict(SubLimit.everything.filter(member_id=member_id).values_list("product_id", "amount"))
    codes = {code for code, _side in taken} | capped.keys()
    return tuple(
        ProductPosition(
            product,
            taken[product.pk, "used"],
            taken[product.pk, "reserved"],
            capped.get(product.pk),
        )
        for product in Product.objects.filter(pk__in=codes)
    )


def _sum_of_member(rows: QuerySet[Guarantee] | QuerySet[Application], amount: str, member: str) -> Coalesce:
    mine = rows.order_by().filter(member_id=OuterRef(member)).values("member_id")
    total = mine.annotate(won=Sum(consumption_of(amount))).values("won")
    return Coalesce(Subquery(total, output_field=BigIntegerField()), Value(0), output_field=BigIntegerField())


def _raised_of_member(member: str) -> Coalesce:
    mine = _raising(guarantee__member_id=OuterRef(member)).values("guarantee__member_id")
    total = mine.annotate(won=Sum(_increase())).values("won")
    return Coalesce(Subquery(total, output_field=BigIntegerField()), Value(0), output_field=BigIntegerField())
