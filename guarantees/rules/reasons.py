"""Why a guarantee is released: what members and officers choose from (DOMAIN §2.5)."""

RELEASE_REASONS = {
    "follow_up": "후속 하자보수보증 발급",
    "confirmed": "보증채권자의 이행 완료 확인",
    "extinguished": "보증채무 소멸 확인",
    "proven": "다른 서류로 이행 완료 확인",
    "returned": "보증서 반환",
    "settled": "선급금 정산",
}
