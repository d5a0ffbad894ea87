"""What happened on the way of a document, in words."""

EVENTS = {
    "queued": "보내기로 했습니다",
    "print": "직접 제출하기로 했습니다",
    "sent": "보냈습니다",
    "unclear": "응답이 분명하지 않아 다시 확인합니다",
    "refused": "받는 시스템이 거절했습니다",
    "opened": "보증채권자가 열어 보았습니다",
    "downloaded": "보증채권자가 파일을 내려받았습니다",
    "accepted": "보증채권자가 접수했습니다",
    "returned": "보증채권자가 반려했습니다",
    "completed": "보증채권자가 이행 완료를 확인했습니다",
    "revoked": "링크를 폐기했습니다",
    "fail": "보내지 못했습니다",
    "replace": "다른 송부로 대체되었습니다",
}
