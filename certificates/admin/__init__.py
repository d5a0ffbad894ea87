"""Admin pages of the bank certificate. None takes a member's certificate or key: there is no field for it."""

from certificates.admin import authorities, evidence, registered, replacements, revocations, tickets, worklists
from portal.audit import words

__all__ = ["authorities", "evidence", "registered", "replacements", "revocations", "tickets", "worklists"]

words.register(
    {
        "authority.approve": "신뢰 기관 승인",
        "authority.ask_retirement": "신뢰 기관 중지 요청",
        "authority.change_endpoints": "신뢰 기관 서버 주소 변경",
        "authority.keep": "신뢰 기관 중지 요청 반려",
        "authority.propose": "신뢰 기관 등록 요청",
        "authority.retire": "신뢰 기관 사용 중지",
        "authority.take_back": "신뢰 기관 등록 요청 취소",
        "bank_certificate.await_review": "인증서갱신 직원 확인 대기",
        "bank_certificate.confirm": "인증서갱신 직원 확인",
        "bank_certificate.disable": "인증서 사용 중지",
        "bank_certificate.end_session": "중지된 인증서의 로그인 종료",
        "bank_certificate.expired": "인증서 기간 만료",
        "bank_certificate.revoked": "인증서 폐지 확인",
        "bank_certificate.suspended": "인증서 효력정지 확인",
        "bank_certificate.lifted": "인증서 효력 회복 확인",
        "bank_certificate.freeze": "인증서 교체 중지",
        "bank_certificate.give_way": "새 신청으로 끝난 인증서갱신",
        "bank_certificate.park": "인증서 상태 확인 대기",
        "bank_certificate.prove_login": "인증서 로그인",
        "bank_certificate.recheck": "인증서 상태 다시 확인",
        "bank_certificate.refuse_apply": "약정 전자서명 거절",
        "bank_certificate.refuse_login": "인증서 로그인 거절",
        "bank_certificate.refuse_parked": "기다리던 인증서갱신 거절",
        "bank_certificate.refuse_replace": "인증서갱신 거절",
        "bank_certificate.refuse_review": "인증서갱신 직원 확인 거절",
        "bank_certificate.replace": "인증서 교체",
        "replacement_ticket.approve": "전화 갱신 승인",
        "replacement_ticket.enter": "접수코드 입력",
        "replacement_ticket.miss": "틀린 접수코드 입력",
        "replacement_ticket.open": "전화 갱신 접수",
        "replacement_ticket.refuse": "전화 갱신 거절",
        "replacement_ticket.use": "전화 갱신 코드 사용",
        "signature_evidence.download": "전자서명 증거 내려받기",
    }
)
