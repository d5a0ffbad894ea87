from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "portal.audit"
    label = "audit"
    verbose_name = "감사"

    def ready(self) -> None:
        # Models are not importable before the registry is ready.
        from portal.audit import invariants  # noqa: F401, PLC0415 - registers itself
