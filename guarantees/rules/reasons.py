"""Why an application was rejected, and why a guarantee was released: what officers choose from (DOMAIN §2.5)."""

REJECTION_REASONS = {
    "documents": "구비 서류 미비",
    "contract": "계약 내용 불일치",
    "amount": "보증금액·기간 부적정",
    "limit": "보증한도 부족",
    "credit": "신용 상태",
    "other": "기타",
}

RELEASE_REASONS = {
    "follow_up": "후속 하자보수보증 발급",
    "confirmed": "보증채권자의 이행 완료 확인",
    "extinguished": "보증채무 소멸 확인",
    "proven": "다른 서류로 이행 완료 확인",
    "returned": "보증서 반환",
}
