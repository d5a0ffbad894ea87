"""Admin pages of applications, guarantees, products and the expiry run."""

from guarantees.admin import applications, expiry, guarantees, products, worklists
from portal.audit import words

__all__ = ["applications", "expiry", "guarantees", "products", "worklists"]

words.register(
    {
        "application.start": "신청서 작성 시작",
        "application.choose": "보증 종류 선택",
        "application.attach": "서류 첨부",
        "application.detach": "서류 삭제",
        "application.submit": "신청 접수",
        "application.take": "심사 시작",
        "application.request_supplement": "보완 요청",
        "application.amend": "신청 내용 수정",
        "application.resubmit": "보완 제출",
        "application.change_contact": "담당자 변경",
        "application.approve": "승인",
        "application.reject": "반려",
        "application.sign": "전자서명(약정)",
        "application.issue": "보증서 발급",
        "application.withdraw": "취하",
        "application.lapse": "기한 만료",
        "document.read": "서류 내려받기",
        "guarantee.issue": "발급",
        "guarantee.import": "이관",
        "guarantee.expire": "보증기간 종료",
        "guarantee.release": "해제",
        "expiry_run.plan": "만료 문자 실행",
        "product.add": "보증 종류 등록",
        "product.change": "보증 종류 변경",
        "productterms.add": "요율·약관 등록",
        "productterms.check": "요율·약관 승인",
        "requireddocument.add": "구비 서류 등록",
        "requireddocument.change": "구비 서류 변경",
    }
)
