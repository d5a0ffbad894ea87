from django.apps import AppConfig


class GateConfig(AppConfig):
    name = "portal.gate"
    label = "gate"
    verbose_name = "시스템 점검"

    def ready(self) -> None:
        # Models are not importable before the registry is ready.
        from portal.gate import checks, steps  # noqa: F401, PLC0415 - they register themselves
