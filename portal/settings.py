"""All settings, in one file. Every value of the environment read here stands in `.env.example`.

`PORTAL_ENV` names the stage: `development` (default), `demo`, `test` or `production`. In production nothing
has a default that could be forgotten: `portal.production.refuse_unsafe` stops the start instead.
"""

from datetime import timedelta
from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF

from portal.production import KNOWN_SECRET, refuse_unsafe

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

STAGE = env.str("PORTAL_ENV", default="development")
IN_PRODUCTION = STAGE == "production"
DATA_DIR = Path(env.str("PORTAL_DATA_DIR", default=str(BASE_DIR / ".portal")))

SECRET_KEY = env.str("SECRET_KEY", default="" if IN_PRODUCTION else KNOWN_SECRET)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=[] if IN_PRODUCTION else ["localhost", "127.0.0.1", "[::1]", "testserver"]
)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PUBLIC_URL = env.str("PORTAL_PUBLIC_URL", default="http://localhost:8000")
# One proxy of ours in front: it sets X-Forwarded-Proto and appends the visitor's address to X-Forwarded-For.
BEHIND_PROXY = env.bool("PORTAL_BEHIND_PROXY", default=False)

# The cooperative: we serve several, so nothing of one stands in code (S05).
COOPERATIVE = {
    "name": env.str("PORTAL_COOPERATIVE_NAME", default="설비공제조합"),
    "phone": env.str("PORTAL_COOPERATIVE_PHONE", default="02-000-0000"),
    "it_phone": env.str("PORTAL_IT_PHONE", default="02-000-1041"),
    "email": env.str("PORTAL_WEBMASTER_EMAIL", default="webmaster@example.kr"),
    "address": env.str("PORTAL_COOPERATIVE_ADDRESS", default=""),
    "business_number": env.str("PORTAL_COOPERATIVE_BUSINESS_NUMBER", default=""),
}
SMS_PREFIX = env.str("SMS_PREFIX", default="[설비공제]")

INSTALLED_APPS = [
    "portal",
    "portal.members",
    "portal.audit",
    "portal.businessdays",
    "portal.health",
    "sms",
    "certificates",
    "guarantees",
    "portal.desk.apps.DeskConfig",  # django.contrib.admin with our site
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",
    "pgtrigger",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "rest_framework",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.middleware.private_pages",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.middleware.staff_second_factor",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.site",
            ],
        },
    },
]

# One engine: PostgreSQL. Without DATABASE_URL, manage.py starts the embedded one and sets it.
DATABASES = {"default": env.db("DATABASE_URL", default="postgres://portal@/portal")}
DATABASES["default"].setdefault("OPTIONS", {})
DATABASES["default"]["OPTIONS"].update(options="-c lock_timeout=10s -c idle_in_transaction_session_timeout=60s")
DATABASES["default"].update(CONN_MAX_AGE=300, CONN_HEALTH_CHECKS=True)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "portal_cache"}}

# Who signs in, and how
AUTH_USER_MODEL = "members.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "portal.members.login.MemberBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
if STAGE == "test":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "email", "full_name")},
    },
    {"NAME": "portal.members.login.CompanyWordsValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "portal.members.login.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{COOPERATIVE['name']}] "
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "30/m/ip,20/10m/key"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
STAFF_SECOND_FACTOR = env.bool("PORTAL_STAFF_SECOND_FACTOR", default=IN_PRODUCTION)

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=10)
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_USERNAME_CALLABLE = "portal.members.login.account_named"
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "account/locked_out.html"
AXES_HTTP_RESPONSE_CODE = 429
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address"]
AXES_VERBOSE = False

SESSION_COOKIE_AGE = 60 * 60
SESSION_SAVE_EVERY_REQUEST = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "portal.pages.csrf_failure"
if IN_PRODUCTION:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    SECURE_SSL_REDIRECT = env.bool("PORTAL_SSL_REDIRECT", default=True)
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    if BEHIND_PROXY:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# Uploads: 20 files of 10 MB an application; forms themselves are small.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_PERMISSIONS = 0o600
MEDIA_ROOT = Path(env.str("PORTAL_MEDIA_ROOT", default=str(DATA_DIR / "media")))
UPLOAD_MAX_BYTES = 10 * 1024 * 1024

LANGUAGE_CODE = "ko"
TIME_ZONE = "Asia/Seoul"
USE_TZ = True
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "locale"]

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.str("PORTAL_STATIC_ROOT", default=str(DATA_DIR / "static")))
WHITENOISE_USE_FINDERS = not IN_PRODUCTION
WHITENOISE_MAX_AGE = 3600
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if IN_PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# E-mail: outside production into files, which the demo's outbox page shows; nothing leaves the machine.
if IN_PRODUCTION:
    vars().update(env.email("EMAIL_URL", default="consolemail://"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(DATA_DIR / "mail")
if STAGE == "test":
    EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="webmaster@example.kr")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# SMS
SMS_GATEWAY = env.str("SMS_GATEWAY", default="" if IN_PRODUCTION else "simulator")
# Empty: the vendor's own address.
SMS_GATEWAY_URL = env.str("SMS_GATEWAY_URL", default="http://127.0.0.1:8025" if SMS_GATEWAY == "simulator" else "")
SMS_GATEWAY_KEY = env.str("SMS_GATEWAY_KEY", default="" if IN_PRODUCTION else "local-key")
SMS_GATEWAY_SECRET = env.str("SMS_GATEWAY_SECRET", default="" if IN_PRODUCTION else "local-webhook-secret")
SMS_NHN_APP_KEY = env.str("SMS_NHN_APP_KEY", default="")
# The unguessable part of the address that gateways report to; empty refuses every report, and we only ask.
SMS_REPORT_TOKEN = env.str("SMS_REPORT_TOKEN", default="")
# Where the demo's visitor sees what arrived on the phones; empty without a simulator.
SMS_OUTBOX_URL = env.str("SMS_OUTBOX_URL", default=SMS_GATEWAY_URL if SMS_GATEWAY == "simulator" else "")
# Seoul hours in which results go out as texts; the e-mail goes at once. The demo shows them at any hour.
_hours = env.str("SMS_RESULT_HOURS", default="0-24" if STAGE == "demo" else "7-22")
SMS_RESULT_HOURS = (int(_hours.partition("-")[0]), int(_hours.partition("-")[2]))
SMS_BATCH_SIZE = 1_000
# Notices whose day came before this date are the older system's business (S21).
EXPIRY_GO_LIVE = env.str("PORTAL_EXPIRY_GO_LIVE", default="")

# The bank certificate. Key files (PEM, RSA-3072) R is sealed to, newest first; a demo makes its own.
CERTIFICATE_SEALING_KEYS = env.list("CERTIFICATE_SEALING_KEYS", default=[])
CERTIFICATE_ALLOWED_POLICIES = env.list("CERTIFICATE_ALLOWED_POLICIES", default=[])
# strict: a good old certificate must sign too, or a ticket be approved. lenient: the new one is enough.
CERTIFICATE_REPLACE_MODE = env.str("CERTIFICATE_REPLACE_MODE", default="strict")
# The law that allows resident numbers, shown on the page; empty keeps that way closed.
CERTIFICATE_RESIDENT_NUMBER_BASIS = env.str("CERTIFICATE_RESIDENT_NUMBER_BASIS", default="")
# Folder from which revocation lists carried in by hand (*.crl) are taken; empty where a directory is reached.
_crl_folder = env.str("CERTIFICATE_REVOCATION_FOLDER", default="")
CERTIFICATE_REVOCATION_FOLDER = Path(_crl_folder) if _crl_folder else None

# Celery rings the doorbell; the truth is in PostgreSQL. Every task may be lost or doubled without harm.
REDIS_URL = env.str("REDIS_URL", default="")
CELERY_BROKER_URL = REDIS_URL or "filesystem://"
BROKER_FOLDER = DATA_DIR / "broker"
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "visibility_timeout": 3600,
        "socket_timeout": 10,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        "health_check_interval": 25,
        "retry_on_timeout": True,
    }
    if REDIS_URL
    else {
        "data_folder_in": str(BROKER_FOLDER / "queue"),
        "data_folder_out": str(BROKER_FOLDER / "queue"),
        "processed_folder": str(BROKER_FOLDER / "processed"),
        "control_folder": str(BROKER_FOLDER / "control"),
        "store_processed": False,
    }
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_ENABLE_UTC = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE = {
    "beat-canary": {"task": "portal.health.tasks.beat", "schedule": 60.0, "options": {"expires": 50}},
    "deliver": {"task": "sms.tasks.deliver", "schedule": 15.0, "options": {"expires": 14}},
    "delivery-reports": {"task": "sms.tasks.collect_reports", "schedule": 30.0, "options": {"expires": 29}},
    "late-delivery-reports": {"task": "sms.tasks.collect_late_reports", "schedule": crontab(minute=40)},
    "mileage-lapse": {"task": "sms.tasks.book_lapsed_mileage", "schedule": crontab(hour=0, minute=10)},
    "expiry-run": {"task": "guarantees.tasks.run_expiry", "schedule": crontab(hour="9,11,14,17", minute=0)},
    "expiry-catch-up": {
        "task": "guarantees.tasks.catch_up_expiry",
        "schedule": crontab(hour="9-19", minute="5-59/10"),
        "options": {"expires": 540},
    },
    "expired": {"task": "guarantees.tasks.mark_expired", "schedule": crontab(hour=0, minute=10)},
    "application-deadlines": {
        "task": "guarantees.tasks.lapse_applications",
        "schedule": crontab(hour=0, minute=20),
    },
    "revocation-lists": {
        "task": "certificates.tasks.refresh_revocation",
        "schedule": crontab(hour="*/2", minute=25),
    },
    "parked-replacements": {
        "task": "certificates.tasks.finish_parked",
        "schedule": 300.0,
        "options": {"expires": 290},
    },
    "ending-certificates": {
        "task": "certificates.tasks.warn_ending_certificates",
        "schedule": crontab(hour="9,13,17", minute=35),
    },
    "ended-certificates": {
        "task": "certificates.tasks.expire_certificates",
        "schedule": crontab(hour=0, minute=5),
    },
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.CursorPagination",
    "PAGE_SIZE": 50,
    "COERCE_DECIMAL_TO_STRING": False,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"mask": {"()": "portal.logs.MaskPersonalNumbers"}},
    "formatters": {"line": {"()": "portal.logs.JsonLine"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["mask"]}},
    "root": {"handlers": ["stderr"], "level": env.str("PORTAL_LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.server": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "axes": {"level": "WARNING"},
        "kombu.connection": {"level": "ERROR"},  # warns that the filesystem broker has no host name
    },
}

SILENCED_SYSTEM_CHECKS = [
    "axes.W006",  # the lock is on the account alone, so that changing addresses does not go round it
]

if IN_PRODUCTION:
    refuse_unsafe(
        secret=SECRET_KEY,
        debug=DEBUG,
        hosts=ALLOWED_HOSTS,
        database_url=env.str("DATABASE_URL", default=""),
        redis_url=REDIS_URL,
        sms_gateway=SMS_GATEWAY,
        sms_keys=[SMS_GATEWAY_KEY, SMS_GATEWAY_SECRET, *([SMS_NHN_APP_KEY] if SMS_GATEWAY == "nhn" else [])],
        public_url=PUBLIC_URL,
        email_url=env.str("EMAIL_URL", default=""),
        sealing_keys=CERTIFICATE_SEALING_KEYS,
        replace_mode=CERTIFICATE_REPLACE_MODE,
    )
