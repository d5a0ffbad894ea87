from django.apps import AppConfig


class HelpdeskConfig(AppConfig):
    name = "portal.helpdesk"
    label = "helpdesk"
    verbose_name = "고객지원"

    def ready(self) -> None:
        # Models are not importable before the registry is ready.
        import portal.helpdesk.finding  # noqa: F401, PLC0415 - makes itself known to the search
