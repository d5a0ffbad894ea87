"""Documents for the tests: invented companies, every field filled."""

from datetime import date

from guarantees.document.content import Contract, GuaranteeDocument, Issuer, Party

CODE = "7K3M9QXD2F5TW8HN"
CONTRACT_GUARANTEE = GuaranteeDocument(
    product="계약보증",
    number="2026-C1-000123-4",
    verification_code=CODE,
    verification_url=f"https://portal.example/v/{CODE}",
    debtor=Party(
        name="주식회사 한빛설비",
        business_number="901-81-12019",
        representative="김한빛",
        address="서울특별시 강서구 공항대로 000, 3층",
    ),
    beneficiary=Party(
        name="가온종합건설 주식회사",
        business_number="902-81-34567",
        representative="이가온",
        address="경기도 성남시 분당구 판교로 000",
    ),
    amount=120_000_000,
    starts_on=date(2026, 12, 1),  # 화
    ends_on=date(2027, 6, 30),  # 수
    contract=Contract(
        name="가온물류센터 신축공사 중 기계설비공사",
        number="GA-2026-1107",
        contracted_on=date(2026, 11, 27),
        amount=800_000_000,
        due_on=date(2027, 6, 29),
    ),
    coverage="채무자가 계약의무를 이행하지 않아 생기는 계약보증금 지급채무를 보증합니다.\n청구는 서면으로 합니다.",
    special_terms="공동수급체 가운데 채무자의 지분에 한합니다.",
    terms_version="계약보증약관(2026년 7월 1일 시행)",
    issued_on=date(2026, 11, 30),
    product_english="Contract guarantee",
    issuer=Issuer(
        name="설비공제조합",
        chairman="박나래",
        address="서울특별시 중구 세종대로 000",
        branch="서울지점",
        branch_phone="02-000-0000",
        officer="최담당",
    ),
)
