"""Releasing in the demo: works that are done, one request that waits, a whole contract, many released at once."""

from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from guarantees.actions.bulk_releasing import finish_bulks, release_next, start_bulk
from guarantees.actions.chain import propose_releases
from guarantees.actions.release_requests import ask_release
from guarantees.demo.story import PAPER
from guarantees.models import Guarantee, RequestParty
from guarantees.rules.numbering import format_number, short_number
from portal.access import Actor
from portal.clock import seoul_day
from portal.members.models import User
from portal.uploads.checking import check

COMPLETED = 3
IN_BULK = 4
DEFECT_SEQUENCE = 900_001  # beyond those of the portfolio
CONTRACT_WORDS = ("contract_name", "contract_number", "beneficiary_name", "contract_amount")


def tell(at: datetime) -> None:
    """What has happened around releases until now, for the first company and the people of its branch."""
    member_by = Actor.user(User.objects.get(username="mirnuri"))
    officer_by = Actor.user(User.objects.get(username="seoul"), channel="admin")
    running = list(
        Guarantee.everything.within(member_by.scope).filter(state="active", product_id="C1").order_by("id")
    )
    _complete(running[:COMPLETED], at)
    _join(running[0], at)
    ask_release(
        guarantee_id=running[1].pk, party=RequestParty.MEMBER, ground="confirmed",
        note="준공검사를 마쳤습니다. 확인서를 올립니다.", papers=[check("이행완료확인서.pdf", PAPER)],
        by=member_by, at=at - timedelta(hours=2),
    )  # fmt: skip
    propose_releases(by=Actor.system("propose_releases"), at=at - timedelta(hours=1))
    _release_many(running[0].member_id, officer_by, at - timedelta(days=1))


def _complete(guarantees: list[Guarantee], at: datetime) -> None:
    """The works are over, the period is not yet."""
    ids = [guarantee.pk for guarantee in guarantees]
    Guarantee.everything.filter(pk__in=ids).update(completes_on=seoul_day(at) - timedelta(days=9))


def _join(contract: Guarantee, at: datetime) -> None:
    """Give an advance guarantee to the contract of `contract`, and a defect guarantee of the older books."""
    words = {name: getattr(contract, name) for name in CONTRACT_WORDS}
    advances = Guarantee.everything.filter(member_id=contract.member_id, product_id="A1", state="active")
    Guarantee.everything.filter(pk__in=advances.order_by("id").values("pk")[:1]).update(**words)
    today = seoul_day(at)
    number = format_number(today.year - 1, "D1", DEFECT_SEQUENCE)
    Guarantee.everything.create(
        member_id=contract.member_id, product_id="D1", number=number, sms_number=short_number(number),
        channel="branch", is_imported=True, imported_at=at, state="active", amount=3_000_000,
        outstanding=3_000_000, completes_on=today - timedelta(days=9), starts_on=today - timedelta(days=9),
        ends_on=today + timedelta(days=720), issued_on=today - timedelta(days=7), **words,
    )  # fmt: skip


def _release_many(leaving_out: int, officer_by: Actor, at: datetime) -> None:
    """What ended at other companies of the branch, released together yesterday."""
    ended = Guarantee.everything.within(officer_by.scope).filter(state="expired", product__auto_release=False)
    ended = ended.exclude(member_id=leaving_out)
    chosen = list(ended.order_by("ends_on", "id").values_list("pk", flat=True)[:IN_BULK])
    if not chosen:
        return
    start_bulk(
        form_key=uuid5(NAMESPACE_URL, "demo-bulk-release"), guarantee_ids=chosen, ground="proven",
        note="준공 현황 자료로 일괄 확인", by=officer_by, at=at,
    )  # fmt: skip
    while release_next(at=at):
        pass
    finish_bulks(at=at)
