from django.apps import AppConfig

from portal.members import holds


class CertificatesConfig(AppConfig):
    name = "certificates"
    verbose_name = "인증서"

    def ready(self) -> None:
        # Models are not importable before the registry is ready.
        from certificates import invariants  # noqa: F401, PLC0415 - registers itself
        from certificates.queries import held_until  # noqa: PLC0415

        holds.register(held_until)
