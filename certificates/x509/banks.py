"""Which bank registered the holder. The subject's CN carries the code, one OU the bank's short name.

CN of a yessign certificate is `name(latin name)` followed by digits: "0", the 3-digit bank code, "04x",
and a registration id of the bank. Only the code is usable; the rest is no account number.
"""

import re

BANKS: dict[str, str] = {
    "003": "기업은행",
    "004": "국민은행",
    "011": "농협은행",
    "020": "우리은행",
    "023": "SC제일은행",
    "031": "iM뱅크(대구은행)",
    "032": "부산은행",
    "034": "광주은행",
    "035": "제주은행",
    "037": "전북은행",
    "039": "경남은행",
    "045": "새마을금고",
    "048": "신협",
    "071": "우체국",
    "081": "하나은행",
    "088": "신한은행",
}

BANK_OUS: dict[str, str] = {
    "IBK": "기업은행",
    "NACF": "농협은행",
    "WOORI": "우리은행",
    "SHB": "신한은행",
    "HNB": "하나은행",
    "KMB": "국민은행",
    "KFB": "SC제일은행",
    "INITECH": "시험 등록기관",
}

_CODE_IN_CN = re.compile(r"0([0-9]{3})[0-9A-Za-z]*")


def bank_code(common_name: str) -> str:
    """Three digits, or "" where the CN does not follow the banks' form."""
    _, bracket, digits = common_name.rpartition(")")
    found = _CODE_IN_CN.fullmatch(digits) if bracket else None
    return found[1] if found else ""


def bank_name(code: str, organizational_units: tuple[str, ...]) -> str:
    """Korean name by code, else by OU, else ""."""
    if code in BANKS:
        return BANKS[code]
    return next((BANK_OUS[unit] for unit in organizational_units if unit in BANK_OUS), "")
