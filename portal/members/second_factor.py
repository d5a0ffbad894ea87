"""The second step of a login. What is wrong there is recorded as a wrong password is."""

from typing import Any, ClassVar

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm, EditWebAuthnForm
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from portal.members import door
from portal.members.models import User


class CodeForm(AuthenticateForm):
    """Six digits of the app, or a recovery code."""

    def clean_code(self) -> str:
        try:
            return str(super().clean_code())
        except ValidationError:
            door.was_refused(context.request, self.user, "totp")
            raise


class PasskeyForm(AuthenticateWebAuthnForm):
    """The answer of a passkey after the password."""

    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()
        except ValidationError:
            door.was_refused(context.request, self.user, "webauthn")
            raise


class PasskeyNameForm(EditWebAuthnForm):
    """What its owner calls a passkey."""

    name = forms.CharField(
        label="이름", max_length=40, help_text="어느 기기인지 알아볼 수 있게 적습니다. 예: 사무실 PC"
    )


class NewPasskeyForm(AddWebAuthnForm):
    """A passkey as the browser has just made it. Always one that signs in by itself."""

    name = forms.CharField(
        label="이름", max_length=40, required=False,
        help_text="어느 기기인지 알아볼 수 있게 적습니다. 예: 사무실 PC",
    )  # fmt: skip
    passwordless = forms.BooleanField(required=False, initial=True, widget=forms.HiddenInput)


class SecondFactorAdapter(DefaultMFAAdapter):
    """Names and words that people see."""

    error_messages: ClassVar[dict[str, str]] = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "확인하지 못했습니다. 다시 입력하시거나 다른 방법으로 확인해 주세요.",
    }

    def _get_site_name(self) -> str:
        return str(settings.COOPERATIVE["name"])

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        held = Authenticator.objects.filter(user=user, type=type).count()
        return f"패스키 {held + 1}"

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        entity: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return {**entity, "display_name": str(user), "name": user.username}
