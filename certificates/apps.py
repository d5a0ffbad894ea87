from django.apps import AppConfig

from portal.members import holds


class CertificatesConfig(AppConfig):
    name = "certificates"
    verbose_name = "인증서"

    def ready(self) -> None:
        # Models are not importable before the registry is ready.
        from certificates.queries import held_until  # noqa: PLC0415

        holds.register(held_until)
