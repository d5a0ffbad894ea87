"""The answers of 진위확인 as a purchasing officer reads them: a title, what it means, what to do."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from guarantees.rules.verification import FIELDS, Comparison, Contents, Standing, Verdict, Way
from guarantees.verification import Answer
from portal.identifiers import format_business_number
from portal.languages import spoken_day, spoken_won


@dataclass(frozen=True)
class Band:
    """The answer at a glance. `kind` is the icon and colour: ok, info, warn or error."""

    kind: str
    title: str | Promise
    text: str | Promise
    what_next: str | Promise


BANDS = {
    Verdict.VALID: Band(
        "ok",
        _("유효한 보증서입니다"),
        _("조합이 발급했고 확인한 내용이 보증서와 같으며, 지금 효력이 있습니다."),
        "",
    ),
    Verdict.PARTLY: Band(
        "info",
        _("조합이 발급한 보증서가 있습니다. 내용은 다 대조하지 않았습니다"),
        _(
            "번호와 확인코드는 맞고 지금 효력이 있습니다. 그러나 이것만으로는 가지고 계신 보증서의 금액이나 "
            "기간이 고쳐지지 않았는지 알 수 없습니다."
        ),
        _("보증금액과 보증기간, 사업자등록번호나 공고·계약번호를 보증서에 적힌 대로 입력해 다시 확인해 주세요."),
    ),
    Verdict.ISSUED: Band(
        "info",
        _("조합이 발급한 보증서입니다. 지금 유효한지는 확인하지 않았습니다"),
        _(
            "번호와 발급일이 맞고, 입력하신 내용 가운데 다른 것은 없습니다. 지금 효력이 있는지는 이 방법으로 "
            "알려 드리지 않습니다."
        ),
        _("보증서의 확인코드로 조회하거나 받은 PDF 파일을 올려 주세요."),
    ),
    Verdict.CHANGED: Band(
        "warn",
        _("보증금액의 일부가 해제된 보증서입니다"),
        _("조합이 발급한 보증서이지만, 지금 보증하는 금액은 보증서에 적힌 금액보다 적습니다."),
        _("남은 보증금액은 관할 지점에 확인해 주세요."),
    ),
    Verdict.ENDED: Band(
        "warn",
        _("보증기간이 끝난 보증서입니다"),
        _("조합이 발급한 보증서이지만 보증기간이 지났습니다."),
        _("보증이 계속 필요하면 계약 상대방에게 새 보증서를 요청해 주세요."),
    ),
    Verdict.OUTDATED: Band(
        "error",
        _("새 보증서로 대체된 보증서입니다"),
        _("내용이 변경되어 새로 발급한 보증서가 있습니다. 이 보증서로는 아무것도 청구할 수 없습니다."),
        _("계약 상대방에게 변경 발급된 보증서를 요청해 주세요."),
    ),
    Verdict.VOID: Band(
        "error",
        _("효력이 없는 보증서입니다"),
        _("조합이 발급했으나 해제되거나 취소되어 지금은 보증하지 않습니다."),
        _("이 보증서를 받지 마시고 계약 상대방과 관할 지점에 확인해 주세요."),
    ),
    Verdict.DIFFERENT: Band(
        "error",
        _("보증서와 다른 내용이 있습니다"),
        _("번호는 맞지만 입력하신 내용 가운데 조합의 기록과 다른 것이 있습니다. 고쳐진 보증서일 수 있습니다."),
        _("입력한 값을 보증서와 다시 대조해 주시고, 그래도 다르면 받지 마시고 관할 지점에 알려 주세요."),
    ),
    Verdict.UNKNOWN: Band(
        "error",
        _("확인되지 않는 보증서입니다"),
        _("입력하신 내용과 맞는 보증서를 찾지 못했습니다."),
        _(
            "보증번호, 확인코드, 발급일을 다시 확인해 주세요. 그래도 같으면 이 보증서를 받지 마시고 관할 지점에 "
            "알려 주세요."
        ),
    ),
    Verdict.FORGED: Band(
        "error",
        _("조합이 발급한 파일이 아닙니다"),
        "",
        _("이 파일을 믿지 마세요. 계약 상대방에게 조합에서 받은 원본 PDF를 요청하거나 관할 지점에 알려 주세요."),
    ),
}

STANDINGS = {
    Standing.IN_FORCE: _("유효"),
    Standing.REDUCED: _("유효(일부 해제)"),
    Standing.EXPIRED: _("기간 종료"),
    Standing.RELEASED: _("해제"),
    Standing.CANCELLED: _("취소"),
    Standing.SUPERSEDED: _("변경 발급으로 대체됨"),
}
WAYS = {
    Way.DATE: _("보증번호와 발급일"),
    Way.CODE: _("보증번호와 확인코드"),
    Way.FILE: _("PDF 파일의 전자서명과 조합 기록"),
}
LABELS = {
    "issued_on": _("발급일"),
    "amount": _("보증금액"),
    "period": _("보증기간"),
    "beneficiary_number": _("보증채권자 사업자등록번호"),
    "contract_number": _("공고·계약번호"),
    "debtor_number": _("채무자(조합원) 사업자등록번호"),
}
COMPARISONS = {
    Comparison.MATCH: ("ok", _("일치")),
    Comparison.MISMATCH: ("error", _("불일치")),
    Comparison.ABSENT: ("info", _("보증서에 적혀 있지 않아 대조하지 못함")),
    Comparison.NOT_ASKED: ("info", _("대조하지 않음")),
}
PRINTED = (
    (_("채무자(조합원)"), "debtor_name"), (_("보증채권자"), "beneficiary_name"),
    (_("계약명(공사명)"), "contract_name"), (_("공고·계약번호"), "contract_number"),
)  # fmt: skip


def band_of(answer: Answer) -> Band:
    """The band for an answer; of a file that is not ours the first thing wrong with it is the text."""
    band = BANDS[answer.verdict]
    if answer.file is not None and not band.text:
        return Band(band.kind, band.title, gettext(answer.file.reason), band.what_next)
    return band


def lines_of(answer: Answer, typed: Contents) -> list[dict[str, str | Promise]]:
    """Each field: its name, what the visitor typed, and how it compares. Never a value of ours."""
    lines: list[dict[str, str | Promise]] = []
    for name in FIELDS if answer.comparisons else ():
        kind, word = COMPARISONS[answer.comparisons[name]]
        lines.append(
            {"label": LABELS[name], "typed": shown(name, getattr(typed, name)), "kind": kind, "word": word}
        )
    return lines


def shown(name: str, value: Any) -> str:
    """A typed value as people write it; "" for none."""
    if not value:
        return ""
    if name == "amount":
        return spoken_won(value)
    if name == "period":
        return f"{spoken_day(value[0])} ~ {spoken_day(value[1])}"
    if name == "issued_on":
        return spoken_day(value)
    return value if name == "contract_number" else format_business_number(value)


def printed_facts(printed: dict[str, Any]) -> list[tuple[str | Promise, str]]:
    """What stands on a genuine file, for laying beside a print of it."""
    starts_on, ends_on = (date.fromisoformat(printed[name]) for name in ("starts_on", "ends_on"))
    facts = [(label, printed.get(name) or "-") for label, name in PRINTED]
    return [
        (_("보증번호"), printed["number"]),
        (_("보증 종류"), gettext(printed.get("product_name") or "-")),
        *facts,
        (_("보증금액"), spoken_won(printed["amount"])),
        (_("보증기간"), f"{spoken_day(starts_on)} ~ {spoken_day(ends_on)}"),
        (_("발급일"), spoken_day(date.fromisoformat(printed["issued_on"]))),
    ]
