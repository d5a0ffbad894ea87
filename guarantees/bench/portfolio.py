"""A portfolio as large as wanted, in a few statements: a working day on which very many notices are due.

The day is the Wednesday before Chuseok 2026, whose run covers five end dates. Every guarantee due has a member
of its own, so that no two notices become one text, and every other member has one more recipient.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from portal.access import Actor
from portal.bench.people import fill_members
from portal.bench.plan import Say, Scale, Wish
from portal.businessdays.loading import load_year
from portal.clock import SEOUL

RUN_DAY = date(2026, 9, 23)
AT = datetime(2026, 9, 23, 10, tzinfo=SEOUL)
FIRST_END, END_DATES = date(2026, 10, 8), 5
BY = Actor.system("bench")


@dataclass(frozen=True)
class Size:
    """Guarantees in all, and how many of them are due on `RUN_DAY`."""

    guarantees: int
    due: int


SIZES = {Scale.TINY: Size(400, 60), Scale.SMALL: Size(100_000, 10_000), Scale.FULL: Size(1_000_000, 100_000)}

# One in four of those not due is in force and ends later; the others were released long before.
_GUARANTEES = """
    INSERT INTO guarantees_guarantee (public_id, number, sms_number, member_id, product_id, channel, state,
        contract_name, contract_number, beneficiary_name, beneficiary_business_number, amount, outstanding,
        starts_on, ends_on, issued_on, issued_at, imported_at, is_imported, released_at, release_reason,
        special_terms)
    SELECT gen_random_uuid(), extract(year FROM ends_on) || '-C1-' || lpad(n::text, 6, '0') || '-0',
           'C1-' || lpad((n %% 1000000)::text, 6, '0'), first_member + n %% members,
           CASE WHEN n < due THEN 'C1' ELSE (ARRAY['C1', 'A1', 'D1', 'B1', 'X1'])[1 + n %% 5] END, 'branch',
           CASE WHEN is_live THEN 'active' ELSE 'released' END,
           (ARRAY['가온초', '누리청사', '다솜교', '마루역'])[1 + n %% 4] || ' '
               || (ARRAY['환기설비', '소방', '냉난방기', '배관', '급식실'])[1 + n %% 5] || ' 공사 ' || n,
           '', '시험교육청', '', amount, CASE WHEN is_live THEN amount ELSE 0 END,
           ends_on - 300, ends_on, ends_on - 300, (ends_on - 300)::timestamptz, (ends_on - 300)::timestamptz, true,
           CASE WHEN is_live THEN NULL ELSE (ends_on + 5)::timestamptz END, '', ''
      FROM (SELECT n, n < %(due)s OR n %% 4 = 0 AS is_live,
                   CASE WHEN n < %(due)s THEN %(first_end)s::date + (n %% %(dates)s)::int
                        WHEN n %% 4 = 0 THEN date '2026-11-02' + (n / 4 %% 700)::int
                        ELSE date '2024-01-02' + (n %% 800)::int END AS ends_on,
                   10000000 + n %% 50 * 1000000 AS amount, %(due)s AS due, %(members)s AS members,
                   (SELECT min(id) FROM members_member) AS first_member
              FROM generate_series(0, %(guarantees)s - 1) AS n) AS made
"""
_RECIPIENTS = """
    INSERT INTO sms_recipient (member_id, name, role, mobile, kinds, is_active, consented, added_at, proof,
                               proven_at)
    SELECT id, '이담당', '', '0109' || lpad(id::text, 7, '0'), '{expiry}', true, true, %s, 'staff', now()
      FROM (SELECT id FROM members_member WHERE id %% 2 = 0 ORDER BY id LIMIT %s) AS every_other
"""


def size_of(wish: Wish) -> Size:
    """The scale's size, or as many guarantees as asked for with no more than a tenth of them due."""
    usual = SIZES[wish.scale]
    return usual if wish.rows is None else Size(wish.rows, max(1, min(usual.due, wish.rows // 10)))


def fill(size: Size, say: Say) -> None:
    """Members, recipients, calendar and guarantees. A portfolio of this size that stands already is used again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM guarantees_guarantee")
        if cursor.fetchone()[0] == size.guarantees:
            return
        say(f"making {size.guarantees:,} guarantees, {size.due:,} of them due")
        fill_members(size.due)
        for year in (RUN_DAY.year, RUN_DAY.year + 1):
            load_year(year=year, by=BY, at=AT)
        cursor.execute(_RECIPIENTS, [AT, size.due // 2])
        values: dict[str, Any] = {
            "due": size.due, "guarantees": size.guarantees, "members": size.due, "first_end": FIRST_END,
            "dates": END_DATES,
        }  # fmt: skip
        cursor.execute(_GUARANTEES, values)
        cursor.execute("ANALYZE guarantees_guarantee, sms_recipient")


def forget_messages() -> None:
    """As before the day's run: no notice, no message, no result."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # checks still to be made would hold the tables
        cursor.execute(
            "TRUNCATE guarantees_expiryrun, guarantees_expirynotice, sms_batch, sms_message, sms_result,"
            " sms_receipt CASCADE"
        )
