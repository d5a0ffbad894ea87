from django.apps import AppConfig


class GuaranteesConfig(AppConfig):
    name = "guarantees"
    verbose_name = "보증"

    def ready(self) -> None:
        # Models are not importable before the registry is ready.
        import guarantees.finding  # noqa: F401, PLC0415 - makes itself known to the search
        from guarantees import invariants, recovery  # noqa: F401, PLC0415 - they register themselves
        from guarantees.eligibility import REASONS, stopped_notices  # noqa: PLC0415
        from sms.eligibility import register  # noqa: PLC0415

        register("expiry_notice", stopped_notices, reasons=REASONS)
