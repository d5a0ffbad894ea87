"""문자메시지 마일리지: lots that lapse, and an append-only account of every call that came or went.

The balance is what is left in the lots that have not lapsed; there is no balance column to drift from it.
"""

import pgtrigger
from django.db import models

from portal.access import ScopedModel
from sms.models.mileage_terms import MileagePolicy

FACTS = ("id", "member_id", "source", "label", "policy_id", "quantity", "earned_on")
FACTS_CHANGE = (
    f"ROW({', '.join(f'OLD.{name}' for name in FACTS)}) IS DISTINCT FROM "
    f"ROW({', '.join(f'NEW.{name}' for name in FACTS)})"
)
# Both are asked once at the end of a statement, which therefore changes a lot and writes its entries together. No
# join with the old version of a row: its plan, kept from a statement of one lot, is quadratic for a night's work.
LOTS_ARE_BOOKED = """
    IF EXISTS (SELECT FROM fresh
                WHERE remaining <> (SELECT coalesce(sum(calls), 0) FROM sms_entry WHERE lot_id = fresh.id)) THEN
        RAISE EXCEPTION 'a lot without its entries' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""
ENTRIES_FIT_LOTS = """
    IF EXISTS (SELECT FROM fresh JOIN sms_lot AS lot ON lot.id = fresh.lot_id
                WHERE fresh.kind = 'spend' AND lot.expires_at <= fresh.at) THEN
        RAISE EXCEPTION 'calls that have lapsed cannot be spent' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT FROM sms_lot AS lot
                WHERE lot.id IN (SELECT lot_id FROM fresh WHERE calls <> 0)
                  AND lot.remaining <> (SELECT sum(calls) FROM sms_entry WHERE lot_id = lot.id)) THEN
        RAISE EXCEPTION 'an entry without its lot' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""


class Lot(ScopedModel):
    """Calls earned together. Usable while the instant is before `expires_at` (S18)."""

    member = models.ForeignKey(
        "members.Member", models.PROTECT, verbose_name="조합원", related_name="lots", db_index=False
    )
    source = models.CharField("적립 근거", max_length=80)
    label = models.CharField("내용", max_length=120, blank=True)
    policy = models.ForeignKey(
        MileagePolicy, models.PROTECT, verbose_name="정책", related_name="lots", db_index=False
    )
    quantity = models.PositiveIntegerField("적립 콜")
    remaining = models.PositiveIntegerField("남은 콜")
    earned_on = models.DateField("적립일")
    # The terms it lives under now: those it was earned under, or the better ones of a later policy.
    validity_months = models.PositiveSmallIntegerField("유효 개월", default=12, db_default=12)
    extended_days = models.PositiveSmallIntegerField("중지로 늘어난 일수", default=0, db_default=0)
    expires_at = models.DateTimeField("소멸 시각")

    class Meta(ScopedModel.Meta):
        verbose_name = "마일리지 적립분"
        verbose_name_plural = "마일리지 적립분"
        ordering = ["expires_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["source"], name="lot_source_once"),
            models.CheckConstraint(
                condition=models.Q(remaining__gte=0) & models.Q(remaining__lte=models.F("quantity")),
                name="lot_remaining_within",
            ),
        ]
        indexes = [
            models.Index(
                fields=["member", "expires_at", "id"], name="lot_open", condition=models.Q(remaining__gt=0)
            ),
            models.Index(fields=["member", "id"], name="lot_member"),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="facts_stay", operation=pgtrigger.Update, condition=pgtrigger.Condition(FACTS_CHANGE)
            ),
            pgtrigger.Trigger(
                name="remaining_is_booked",
                level=pgtrigger.Statement,
                operation=pgtrigger.Update,
                when=pgtrigger.After,
                referencing=pgtrigger.Referencing(new="fresh"),  # type: ignore[no-untyped-call]
                func=LOTS_ARE_BOOKED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.remaining}/{self.quantity}콜"


class Spend(ScopedModel):
    """One request to spend calls, whole or not at all; `key` lets a repeated request change nothing."""

    # The unique key finds a member's requests, and nothing looks for those of a person.
    member = models.ForeignKey(
        "members.Member", models.PROTECT, verbose_name="조합원", related_name="spends", db_index=False
    )
    key = models.CharField("요청 키", max_length=80)
    calls = models.PositiveIntegerField("콜")
    at = models.DateTimeField("일시")
    by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, verbose_name="사용자", related_name="+", db_index=False
    )

    class Meta(ScopedModel.Meta):
        verbose_name = "마일리지 사용"
        verbose_name_plural = "마일리지 사용"
        constraints = [
            models.UniqueConstraint(fields=["member", "key"], name="spend_key_once"),
            models.CheckConstraint(condition=models.Q(calls__gt=0), name="spend_something"),
        ]
        triggers = [pgtrigger.Protect(name="immutable", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.member_id} {self.calls}콜"


class EntryKind(models.TextChoices):
    """A SPEND is a reservation; a COMMIT of no calls says that the gateway has the message."""

    EARN = "earn", "적립"
    SPEND = "spend", "사용"
    COMMIT = "commit", "사용 확정"
    REFUND = "refund", "환불"
    LAPSE = "lapse", "소멸"
    CLAW_BACK = "claw_back", "회수"
    WAIVED = "waived", "회수 면제"
    ADJUST = "adjust", "조정"


class Entry(ScopedModel):
    """One line of the account: so many calls into or out of one lot."""

    member = models.ForeignKey(
        "members.Member", models.PROTECT, verbose_name="조합원", related_name="entries", db_index=False
    )
    lot = models.ForeignKey(Lot, models.PROTECT, verbose_name="적립분", related_name="entries")
    spend = models.ForeignKey(
        Spend, models.PROTECT, null=True, blank=True, verbose_name="사용 요청", related_name="entries"
    )
    kind = models.CharField("구분", max_length=10, choices=EntryKind.choices)
    calls = models.IntegerField("콜", help_text="늘면 +, 줄면 -")
    message_key = models.CharField("메시지", max_length=160, blank=True, help_text="메시지의 발송 키, 또는 조정")
    reason = models.CharField("사유", max_length=20, blank=True, default="", db_default="")
    label = models.CharField("내용", max_length=120, blank=True)
    at = models.DateTimeField("일시")

    class Meta(ScopedModel.Meta):
        verbose_name = "마일리지 내역"
        verbose_name_plural = "마일리지 내역"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["earn", "refund"], calls__gt=0)
                | models.Q(kind__in=["spend", "lapse", "claw_back"], calls__lt=0)
                | models.Q(kind__in=["waived", "commit"], calls=0)
                | (models.Q(kind="adjust") & ~models.Q(calls=0)),
                name="entry_sign_fits_kind",
            ),
            models.UniqueConstraint(
                fields=["message_key", "lot"],
                condition=models.Q(kind="refund") & ~models.Q(message_key=""),
                name="entry_refund_once",
            ),
            models.UniqueConstraint(
                fields=["message_key", "lot"], condition=models.Q(kind="spend"), name="entry_spend_once"
            ),
            models.UniqueConstraint(
                fields=["message_key"], condition=models.Q(kind="commit"), name="entry_commit_once"
            ),
            models.UniqueConstraint(
                fields=["message_key", "lot"], condition=models.Q(kind="adjust"), name="entry_adjust_once"
            ),
            models.UniqueConstraint(fields=["lot"], condition=models.Q(kind="earn"), name="entry_earn_once_a_lot"),
            models.UniqueConstraint(
                fields=["lot"],
                condition=models.Q(kind__in=["claw_back", "waived"]),
                name="entry_claw_back_once_a_lot",
            ),
        ]
        indexes = [models.Index(fields=["member", "id"], name="entry_member")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="entries_fit_lots",
                level=pgtrigger.Statement,
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                referencing=pgtrigger.Referencing(new="fresh"),  # type: ignore[no-untyped-call]
                func=ENTRIES_FIT_LOTS,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.calls:+d}콜"
