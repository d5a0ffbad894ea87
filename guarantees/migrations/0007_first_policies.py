"""The terms of business the portal opens with (DOMAIN §2.2, §2.4, §2.5). Later ones are added in admin, by two people.

Shares are basis points of the contract. What each guarantee covers is printed on its document.
"""

from datetime import date

from django.db import migrations

OPENED_ON = date(2020, 1, 1)
VERSION = "2020년 1월판"

STATE_BID = "국가계약법 시행령 제37조, 지방계약법 시행령 제37조"
STATE_WORKS = "국가계약법 시행령 제52조, 지방계약법 시행령 제51조"
STATE_OTHERS = "국가계약법 시행령 제50조, 지방계약법 시행령 제51조"
STATE_DEFECT = "국가계약법 시행령 제62조, 시행규칙 제72조"
SUBCONTRACT = "하도급거래 공정화에 관한 법률 제13조의2"
HOUSING = "공동주택관리법 시행령 제41조"

# product, kind of work ("" for all others), share, source
SHARES = [
    ("B1", "", 500, STATE_BID),
    ("B2", "", 500, "입찰 안내문에서 달리 정하지 않은 때"),
    ("C1", "works", 1_500, STATE_WORKS),
    ("C1", "goods", 1_000, STATE_OTHERS),
    ("C2", "", 1_000, SUBCONTRACT),
    ("X1", "", 4_000, STATE_WORKS),
    *[
        (code, kind, share, source)
        for code in ("D1", "D2")
        for kind, share, source in (
            ("structure", 500, STATE_DEFECT),
            ("harbour", 400, STATE_DEFECT),
            ("building", 300, STATE_DEFECT),
            ("apartment", 300, HOUSING),
            ("", 200, STATE_DEFECT),
        )
    ],
    ("G1", "", 1_000, STATE_OTHERS),
]

COVERAGE = {
    "B1": "채무자가 위 입찰에서 낙찰자로 정해지고도 정당한 이유 없이 계약을 맺지 않아 보증채권자에게 내야 하는 "
    "입찰보증금의 지급을 보증합니다.",
    "C1": "채무자가 위 계약에서 정한 의무를 이행하지 않아 보증채권자에게 내야 하는 계약보증금의 지급을 보증합니다.",
    "X1": "채무자가 위 공사를 계약대로 마치지 못한 때 보증시공사를 정해 남은 공사를 이행하게 하거나, 보증금액 안에서 "
    "그 손해를 보증채권자에게 지급합니다.",
    "A1": "채무자가 위 계약에 따라 받은 선급금을 정해진 대로 쓰지 않거나 정산하지 못해 돌려주어야 할 때, 그 잔액과 "
    "약정한 이자의 지급을 보증합니다.",
    "D1": "위 공사의 준공 뒤 하자담보책임 기간에 생긴 하자를 채무자가 보수하지 않아 보증채권자에게 내야 하는 "
    "하자보수보증금의 지급을 보증합니다.",
    "P1": "원사업자인 채무자가 위 하도급계약에 따른 하도급 대금을 지급하지 못한 때, 보증채권자인 수급사업자에게 "
    "보증금액 안에서 그 대금의 지급을 보증합니다.",
    "E1": "채무자가 위 현장에서 빌린 건설기계의 대여 대금을 지급하지 못한 때, 보증채권자인 대여업자에게 보증금액 "
    "안에서 그 대금의 지급을 보증합니다.",
    "H1": "채무자가 위 공사를 하면서 보증채권자에게 입힌 손해를 계약에 따라 배상하지 않은 때, 보증금액 안에서 그 "
    "배상금의 지급을 보증합니다.",
    "N1": "채무자가 위 인가·허가에 붙은 조건을 이행하지 않은 때, 보증금액 안에서 그 이행에 드는 비용의 지급을 "
    "보증합니다.",
    "M1": "채무자가 위 자재공급계약에 따라 사들인 자재의 대금을 지급하지 못한 때, 보증채권자에게 보증금액 안에서 그 "
    "대금의 지급을 보증합니다.",
    "R1": "채무자가 계약에서 정한 유보금을 미리 받은 뒤 계약상 의무를 이행하지 않아 돌려주어야 할 때, 보증금액 안에서 "
    "그 반환을 보증합니다.",
    "G1": "채무자가 위 계약의 물품을 약속한 날까지 납품하지 않거나 계약을 이행하지 않아 내야 하는 보증금의 지급을 "
    "보증합니다.",
    "W1": "발주자인 채무자가 위 공사의 대금을 지급하지 못한 때, 보증채권자인 수급인에게 보증금액 안에서 그 대금의 "
    "지급을 보증합니다.",
    "B2": "채무자가 위 하도급 입찰에서 낙찰자로 정해지고도 정당한 이유 없이 하도급계약을 맺지 않아 원사업자에게 내야 "
    "하는 입찰보증금의 지급을 보증합니다.",
    "C2": "수급사업자인 채무자가 위 하도급계약에서 정한 의무를 이행하지 않아 보증채권자인 원사업자에게 내야 하는 "
    "계약이행보증금의 지급을 보증합니다.",
    "A2": "수급사업자인 채무자가 하도급 선급금을 정해진 대로 쓰지 않거나 정산하지 못해 돌려주어야 할 때, 그 잔액과 "
    "약정한 이자의 지급을 보증합니다.",
    "D2": "위 하도급 공사의 하자담보책임 기간에 생긴 하자를 채무자가 보수하지 않아 원사업자에게 내야 하는 "
    "하자보수보증금의 지급을 보증합니다.",
}


def add(apps, schema_editor):
    """Where a policy is given no value here, it is the default of its column."""
    apps.get_model("guarantees", "ScreeningPolicy").objects.create(effective_from=OPENED_ON)
    apps.get_model("guarantees", "LimitPolicy").objects.create(effective_from=OPENED_ON)
    products = apps.get_model("guarantees", "Product").objects.in_bulk()
    apps.get_model("guarantees", "AmountRule").objects.bulk_create(
        apps.get_model("guarantees", "AmountRule")(
            product=products[code], work_kind=kind, share_bp=share, source=source, effective_from=OPENED_ON
        )
        for code, kind, share, source in SHARES
        if code in products
    )
    terms = apps.get_model("guarantees", "ProductTerms").objects.filter(effective_from=OPENED_ON)
    for code, text in COVERAGE.items():
        name = products[code].name if code in products else ""
        terms.filter(product_id=code).update(coverage=text, version_label=f"{name} 약관 {VERSION}")


class Migration(migrations.Migration):
    dependencies = [("guarantees", "0006_business")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
