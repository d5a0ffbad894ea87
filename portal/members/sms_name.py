"""The name a member bears in texts: without its legal form, at most 32 bytes, or none (DOMAIN §7.2)."""

from portal.ksx1001 import cut, sanitise, unsendable

ROOM = 32  # bytes, half of what a text of 90 has beside its fixed words
LEGAL_FORMS = ("(주)", "㈜", "（주）", "주식회사", "(유)", "㈔", "유한회사")


def derive_sms_name(name: str) -> str:
    """`미르누리설비(주)` gives `미르누리설비`. Empty when a handset could not show it: then e-mail alone tells."""
    text = sanitise(name)
    for form in LEGAL_FORMS:
        text = text.replace(form, " ")
    text = " ".join(text.split())
    return "" if unsendable(text) else cut(text, ROOM)
