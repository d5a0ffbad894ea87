from django.apps import AppConfig


class SmsConfig(AppConfig):
    name = "sms"
    verbose_name = "문자메시지"

    def ready(self) -> None:
        # Models are not importable before the registry is ready.
        from portal.helpdesk import resting  # noqa: PLC0415
        from sms import holds, invariants, recovery, terms_words  # noqa: F401, PLC0415 - two register themselves

        holds.register()
        resting.register(terms_words.resting_on)
