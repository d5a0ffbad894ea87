from django.apps import AppConfig


class SmsConfig(AppConfig):
    name = "sms"
    verbose_name = "문자메시지"
