"""What the carrier says became of a text: the better word stands, a repeated one changes nothing."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from sms.delivery.reports import apply_reports, collect, collect_late
from sms.gateways.local import LocalGateway
from sms.gateways.protocol import ErrorClass, LookUpFailed, Report, ReportStatus
from sms.models import Batch, Message, Receipt
from tests.flows.test_delivery import NOON, in_review, results, run, words, write
from tests.gateway_simulator import SimulatorProcess

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorProcess]:
    with SimulatorProcess() as process:
        yield process


@pytest.fixture
def gateway(simulator: SimulatorProcess) -> LocalGateway:
    simulator.reset()
    return simulator.gateway(quarantine=timedelta(minutes=1))


def report(message: Message, status: str, *, code: str = "1000", key: UUID | None = None) -> Report:
    error = ErrorClass.BAD_NUMBER if status == "undelivered" else None
    ref = message.results.get().provider_ref
    return Report(key, ref, ReportStatus(status), code, error, NOON)


@pytest.mark.parametrize(
    ("_case", "tail", "then"),
    [
        ("도착", "0100", ("delivered", "")),
        ("없는 번호", "9001", ("undelivered", "없는 번호이거나 휴대폰 번호가 아닙니다")),
        ("전원 꺼짐", "9002", ("undelivered", "전화기가 꺼져 있거나 잠시 받을 수 없습니다")),
        ("스팸 차단", "9003", ("undelivered", "통신사에서 스팸으로 차단했습니다")),
        ("소식 없음", "9005", ("accepted", "통신사의 도착 확인을 기다립니다")),
    ],
)
def test_reports_are_asked_for(
    simulator: SimulatorProcess, gateway: LocalGateway, _case: str, tail: str, then: tuple[str, str]
) -> None:
    (message,) = write(tail)
    run(gateway)
    assert collect(gateway, at=NOON) == 0
    simulator.control(advance=3)
    assert collect(gateway, at=NOON) == int(then[0] != "accepted")
    assert words(message) == then
    assert collect(gateway, at=NOON) == 0


def test_a_failure_may_turn_into_a_delivery(simulator: SimulatorProcess, gateway: LocalGateway) -> None:
    (message,) = write("9007")
    run(gateway)
    simulator.control(advance=3)
    collect(gateway, at=NOON)
    assert words(message)[0] == "undelivered"
    simulator.control(advance=2)
    assert collect(gateway, at=NOON) == 1
    assert words(message)[0] == "delivered"


def test_a_report_after_a_day_is_still_found(simulator: SimulatorProcess, gateway: LocalGateway) -> None:
    (message,) = write("9012")
    run(gateway)
    simulator.control(advance=26 * 3600)
    day_later = NOON + timedelta(hours=26)
    assert collect(gateway, at=day_later) == 0
    assert collect_late(gateway, at=day_later) == 1
    assert words(message)[0] == "delivered"


def test_nobody_is_asked_about_what_can_bring_no_report(
    simulator: SimulatorProcess, gateway: LocalGateway
) -> None:
    write("9005")
    run(gateway)
    before = len(simulator.requests())
    collect_late(gateway, at=NOON + timedelta(hours=82))
    assert len(simulator.requests()) == before


ORDERS: list[tuple[str, list[str], int, str]] = [
    ("도착 두 번", ["delivered", "delivered"], 1, "delivered"),
    ("실패 뒤 도착", ["undelivered", "delivered"], 2, "delivered"),
    ("도착 뒤 실패: 도착이 남는다", ["delivered", "undelivered"], 2, "delivered"),
    ("도착 뒤 대기: 도착이 남는다", ["delivered", "pending"], 1, "delivered"),
    ("대기뿐", ["pending"], 0, "accepted"),
]


@pytest.mark.parametrize(("_case", "order", "kept", "then"), ORDERS, ids=[row[0] for row in ORDERS])
@pytest.mark.parametrize("together", [True, False])
def test_the_order_of_reports_does_not_matter(
    gateway: LocalGateway, _case: str, order: list[str], kept: int, then: str, together: bool
) -> None:
    (message,) = write("9005")
    run(gateway)
    reports = [report(message, status) for status in order]
    for group in [reports] if together else [[one] for one in reports]:
        apply_reports(group, gateway="local", at=NOON)
    assert Receipt.objects.count() == kept
    assert words(message)[0] == then
    assert apply_reports(reports, gateway="local", at=NOON) == 0


def test_a_report_of_a_stranger_is_kept(gateway: LocalGateway) -> None:
    stranger = Report(UUID(int=7), "S0000099", ReportStatus.DELIVERED, "1000", None, None)
    assert apply_reports([stranger, stranger], gateway="local", at=NOON) == 1
    receipt = Receipt.objects.get()
    assert (receipt.message_id, receipt.provider_ref, receipt.reported_at) == (None, "S0000099", "")


def test_a_report_before_the_answer_is_found_with_it(gateway: LocalGateway) -> None:
    """The callback carries no key and comes before we know the reference."""
    (message,) = write("9005")
    run(gateway)
    ref = message.results.get().provider_ref
    (second,) = write("9005")
    early = f"{ref[0]}{int(ref[1:]) + 1:0{len(ref) - 1}d}"
    apply_reports([Report(None, early, ReportStatus.DELIVERED, "1000", None, None)], gateway="local", at=NOON)
    run(gateway)
    assert second.results.get().provider_ref == early
    assert words(second)[0] == "delivered"


@pytest.mark.parametrize("status", list(ReportStatus))
def test_a_report_ends_a_doubt(simulator: SimulatorProcess, gateway: LocalGateway, status: ReportStatus) -> None:
    message, mute = in_review(simulator, gateway)
    found = Report(str(message.gateway_key), "S42", status, "1000", None, NOON)
    apply_reports([found, found], gateway="local", at=NOON)
    assert results(message)[-1] == ("accepted", "")
    assert words(message)[0] == ("accepted" if status is ReportStatus.PENDING else status)
    Batch.objects.update(state="ready")
    run(mute)
    assert simulator.accepted_counts().get(message.gateway_key) is None


def test_a_silent_gateway_is_told_apart_from_no_report(simulator: SimulatorProcess, gateway: LocalGateway) -> None:
    write("0100")
    run(gateway)
    simulator.control(faults=[{"on": "reports", "answer": "500"}])
    with pytest.raises(LookUpFailed):
        collect(gateway, at=NOON)
