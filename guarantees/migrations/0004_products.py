"""The products of DOMAIN §2.2, their opening terms and the papers each asks for.

Rows, not code: the cooperative changes them in admin. Subcontract variants (건설산업기본법 시행령 제56조 제2항)
take flags and rate of the parent product; 납세, 대출, 임금 are head-office business and not offered on-line.
"""

from datetime import date

from django.db import migrations

OPENED_ON = date(2020, 1, 1)
MINIMUM_FEE = 5_000

CONTRACT = ("계약서 사본", "계약 금액, 기간, 당사자가 보이는 면을 올려 주세요.")
SUBCONTRACT = ("하도급계약서 사본", "하도급 금액, 기간, 당사자가 보이는 면을 올려 주세요.")
BID_NOTICE = ("입찰공고문", "공고번호와 입찰 마감일이 보이는 면을 올려 주세요.")
COMPLETION = ("준공(완공) 확인서", "발주자가 확인한 준공검사 조서 등입니다.")
ADVANCE = ("선급금 신청서 또는 사용계획서", "선급금 금액과 받는 날이 적힌 서류입니다.")

# code, name, sms label, family, obligee, purpose, ppm a year (None: no rate), papers
PRODUCTS = [
    ("B1", "입찰보증", "입찰보증", "bid", "발주자", "입찰에 참가할 때", 300, [BID_NOTICE]),
    ("C1", "계약보증", "계약보증", "contract", "발주자 또는 원사업자", "계약을 맺을 때", 6000, [CONTRACT]),
    ("X1", "공사이행보증", "공사이행보증", "performance", "발주자", "큰 공사의 완공을 보증할 때", 5000, [
        ("보증신청서", "조합 서식에 날인한 신청서입니다."), CONTRACT, BID_NOTICE,
        ("낙찰 확인서", "낙찰통지서 등 낙찰을 확인할 수 있는 서류입니다."),
        ("이행 확약서", "공사를 끝까지 이행한다는 확약서입니다."),
    ]),
    ("A1", "선급금보증", "선급금보증", "advance", "발주자 또는 원사업자", "선급금을 받을 때", 6000,
     [CONTRACT, ADVANCE]),
    ("D1", "하자보수보증", "하자보수보증", "defect", "발주자 또는 관리주체", "준공 뒤 하자를 보증할 때", 6000,
     [COMPLETION]),
    ("P1", "하도급대금지급보증", "하도급대금", "subcontract_payment", "수급사업자",
     "하도급 대금 지급을 보증할 때", 9000,
     [SUBCONTRACT, ("대금 지급 주기 확인 서류", "기성 지급 주기가 적힌 계약 조건 등입니다.")]),
    ("E1", "건설기계대여대금지급보증", "건설기계대여", "equipment_payment", "건설기계 대여업자",
     "건설기계 대여 대금 지급을 보증할 때", 9000,
     [CONTRACT, ("현장 주소 확인 서류", "현장 주소가 적힌 착공신고서 등입니다.")]),
    ("H1", "손해배상보증", "손해배상보증", "damages", "피해자 또는 발주자", "공사 중 손해 배상을 보증할 때", 7000,
     [CONTRACT]),
    ("N1", "인·허가보증", "인허가보증", "permit", "허가관청", "인가·허가 조건을 보증할 때", 7000,
     [("인·허가 서류", "허가 조건과 금액이 보이는 면을 올려 주세요.")]),
    ("M1", "자재구입보증", "자재구입보증", "material", "자재공급자", "자재 대금 지급을 보증할 때", 9000,
     [("자재공급계약서", "공급 금액과 지급 조건이 보이는 면을 올려 주세요.")]),
    ("R1", "유보금보증", "유보금보증", "retention", "발주자 또는 원사업자", "유보금을 미리 받을 때", 6000,
     [("계약서 유보금 조항", "유보 금액과 조건이 적힌 면을 올려 주세요.")]),
    ("G1", "납품보증", "납품보증", "supply", "수요기관", "물품을 납품할 때", 6000,
     [("납품계약서", "납품 금액과 기한이 보이는 면을 올려 주세요.")]),
    ("W1", "공사대금지급보증", "공사대금보증", "works_payment", "수급인", "발주자가 공사 대금 지급을 보증할 때",
     9000, [CONTRACT]),
    ("B2", "하도급입찰보증", "하도급입찰", "bid", "원사업자", "하도급 입찰에 참가할 때", 300,
     [("하도급 입찰 안내문", "공고번호와 입찰 마감일이 보이는 면을 올려 주세요.")]),
    ("C2", "하도급계약이행보증", "하도급이행", "contract", "원사업자", "하도급 계약을 맺을 때", 6000,
     [SUBCONTRACT]),
    ("A2", "하도급선급금보증", "하도급선급금", "advance", "원사업자", "하도급 선급금을 받을 때", 6000,
     [SUBCONTRACT, ADVANCE]),
    ("D2", "하도급하자보수보증", "하도급하자", "defect", "원사업자", "하도급 공사의 하자를 보증할 때", 6000,
     [COMPLETION]),
    ("T1", "납세보증", "납세보증", "tax", "세무서", "본점에서만 취급합니다", None, []),
    ("O1", "대출보증", "대출보증", "loan", "금융기관", "본점에서만 취급합니다", None, []),
    ("S1", "임금지급보증", "임금지급보증", "wage", "근로자", "본점에서만 취급합니다", None, []),
]  # fmt: skip


def make(apps, schema_editor):
    product_model = apps.get_model("guarantees", "Product")
    terms_model = apps.get_model("guarantees", "ProductTerms")
    document_model = apps.get_model("guarantees", "RequiredDocument")
    for position, (code, name, sms_label, family, obligee, purpose, ppm, papers) in enumerate(PRODUCTS, 1):
        lapses_by_itself = family in ("bid", "defect")
        product, _made = product_model.objects.get_or_create(
            code=code,
            defaults={
                "name": name, "sms_label": sms_label, "family": family, "obligee": obligee, "purpose": purpose,
                "expiry_sms": not lapses_by_itself, "auto_release": lapses_by_itself,
                "limit_weight_bp": 10_000, "is_offered": ppm is not None, "position": position,
            },
        )  # fmt: skip
        if ppm is not None:
            terms_model.objects.get_or_create(
                product=product,
                effective_from=OPENED_ON,
                defaults={"base_ppm": ppm, "per_case": family == "bid", "minimum_fee": MINIMUM_FEE},
            )
        for place, (paper, hint) in enumerate(papers, 1):
            document_model.objects.get_or_create(
                product=product, name=paper, defaults={"is_required": True, "hint": hint, "position": place}
            )


class Migration(migrations.Migration):
    dependencies = [("guarantees", "0003_sms_sizes")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
