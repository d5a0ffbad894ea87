from django.apps import AppConfig


class BusinessdaysConfig(AppConfig):
    name = "portal.businessdays"
    label = "businessdays"
    verbose_name = "영업일"
