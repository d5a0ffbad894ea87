"""Signing in: who may, what a password must be, and where people go."""

import re
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.flows.login import get_authentication_records
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import ValidationError
from django.db.models import OuterRef
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from portal.compiled import Compiled
from portal.members import door
from portal.members.models import User
from portal.members.roles import roles_named

ROLE_NAMES = ArraySubquery(User.groups.through.objects.filter(user_id=OuterRef("pk")).values("group__name"))

_people: Compiled[Any] = Compiled(
    lambda *, pk: (
        User.objects.select_related("member__branch", "branch").annotate(role_names=ROLE_NAMES).filter(pk=pk)
    )
)

# What allauth tells of a changed account, and what the trail calls it.
SECURITY_NEWS = {
    "account/email/password_changed": "user.change_password",
    "account/email/password_reset": "user.change_password",
    "account/email/password_set": "user.change_password",
    "mfa/email/webauthn_added": "user.add_passkey",
    "mfa/email/webauthn_removed": "user.remove_passkey",
    "mfa/email/totp_activated": "user.add_second_factor",
    "mfa/email/totp_deactivated": "user.remove_second_factor",
    "mfa/email/recovery_codes_generated": "user.make_recovery_codes",
}


class MemberBackend(AuthenticationBackend):
    """Lets in active people of members in good standing (S49), and loads company, branch and roles with
    them."""

    def user_can_authenticate(self, user: Any) -> bool:
        return super().user_can_authenticate(user) and (user.member is None or user.member.is_trading)

    def get_user(self, user_id: int) -> User | None:
        for user in _people.rows(pk=user_id):
            if self.user_can_authenticate(user):
                user.roles = roles_named(user.role_names)
                return user
        return None


def account_named(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """The account a login is for. allauth takes a name in any case, so failures must be counted by the account."""
    typed = str((credentials or {}).get("username") or request.POST.get("login", "")).strip()
    user = User.objects.filter(username__iexact=typed).only("username").first()
    return typed.lower() if user is None else user.username


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are given by the cooperative or by a member's own administrator, never by sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_login(self, request: HttpRequest, user: User, **given: Any) -> HttpResponse | None:
        """allauth refuses people switched off; a member that trades no more is refused the same way."""
        if user.member is not None and not user.member.is_trading:
            return self.respond_user_inactive(request, user)
        return super().pre_login(request, user, **given)

    def post_login(self, request: HttpRequest, user: User, **given: Any) -> HttpResponse:
        """Also after a passkey; the login with a certificate is not allauth's and tells the door itself."""
        proofs = [proof.get("type", proof["method"]) for proof in get_authentication_records(request, user)]
        door.came_in(request, user, list(dict.fromkeys(proofs)))  # once each, also where he began twice
        return super().post_login(request, user, **given)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        super().authentication_failed(request, **credentials)
        user = User.objects.filter(username__iexact=str(credentials.get("username", ""))).first()
        if user is not None:
            door.was_refused(request, user, "password")

    def logout(self, request: HttpRequest) -> None:
        if request.user.is_authenticated:
            door.goes_out(request, request.user)
        super().logout(request)

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Recorded whether or not an e-mail goes out."""
        if action := SECURITY_NEWS.get(template_prefix):
            door.changed_security(self.request, user, action)
        super().send_notification_mail(template_prefix, user, context, email)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        user = request.user
        return reverse("admin:index") if user.is_authenticated and user.is_staff else reverse("home")


class CompanyWordsValidator:
    """Refuses a password made of the company's own name or numbers."""

    def validate(self, password: str, user: User | None = None) -> None:
        member = getattr(user, "member", None)
        if member is None:
            return
        words = (
            member.name.replace("(주)", ""),
            member.business_number,
            member.representative_mobile[3:],
            member.contact_mobile[3:],
        )
        bare = re.sub(r"[\s.-]", "", password)
        if any(len(word) >= 4 and (word in password or word in bare) for word in words):
            raise ValidationError(
                "회사 이름이나 사업자등록번호, 휴대폰 번호가 들어간 비밀번호는 쓸 수 없습니다.",
                code="password_company_words",
            )

    def get_help_text(self) -> str:
        return "회사 이름, 사업자등록번호, 휴대폰 번호가 들어간 비밀번호는 쓸 수 없습니다."
