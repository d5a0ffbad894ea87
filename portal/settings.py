"""All settings, in one file. Every value of the environment read here stands in `.env.example`.

`PORTAL_ENV` names the stage: `development` (default), `demo`, `test` or `production`. In production nothing
has a default that could be forgotten: `portal.production.refuse_unsafe` stops the start instead.
"""

from datetime import timedelta
from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from portal.production import KNOWN_CODE_KEY, KNOWN_SECRET, refuse_unsafe

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
    # On the English pages; empty shows the Korean name there too.
    "english_name": env.str(
        "PORTAL_COOPERATIVE_ENGLISH_NAME",
        default="" if IN_PRODUCTION else "Mechanical Works Guarantee Cooperative",
    ),
    "phone": env.str("PORTAL_COOPERATIVE_PHONE", default="02-000-0000"),
    "it_phone": env.str("PORTAL_IT_PHONE", default="02-000-1041"),
    "email": env.str("PORTAL_WEBMASTER_EMAIL", default="webmaster@example.kr"),
    "address": env.str("PORTAL_COOPERATIVE_ADDRESS", default=""),
    "chairman": env.str("PORTAL_COOPERATIVE_CHAIRMAN", default="" if IN_PRODUCTION else "한마루"),
    "business_number": env.str("PORTAL_COOPERATIVE_BUSINESS_NUMBER", default=""),
}
# Who processes personal data for the cooperative, "name: what for", shown in 개인정보처리방침.
PRIVACY_PROCESSORS = [
    tuple(part.strip() for part in entry.partition(":")[::2])
    for entry in env.list("PORTAL_PRIVACY_PROCESSORS", default=[])
]
SMS_PREFIX = env.str("SMS_PREFIX", default="[설비공제]")
# Kept with every expiry run, so that its decisions can be repeated.
CODE_VERSION = env.str("PORTAL_CODE_VERSION", default="") or "0.1.0"

INSTALLED_APPS = [
    "portal",
    "portal.members",
    "portal.audit",
    "portal.businessdays",
    "portal.health",
    "portal.helpdesk",
    "portal.gate",
    "sms",
    "certificates",
    "guarantees",
    "portal.desk.apps.DeskConfig",  # django.contrib.admin with our site
    "django.contrib.auth",
    "django.contrib.contenttypes",
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
    "portal.display.keep_contrast",
    "django.contrib.messages.middleware.MessageMiddleware",
    "certificates.sessions.end_with_certificate",
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
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ADAPTER = "portal.members.second_factor.SecondFactorAdapter"
MFA_TOTP_ISSUER = COOPERATIVE["name"]
MFA_FORMS = {
    "authenticate": "portal.members.second_factor.CodeForm",
    "authenticate_webauthn": "portal.members.second_factor.PasskeyForm",
    "add_webauthn": "portal.members.second_factor.NewPasskeyForm",
    "edit_webauthn": "portal.members.second_factor.PasskeyNameForm",
}
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

SESSION_ENGINE = "portal.members.session_store"  # renews itself
# Minutes without a visit after which a login ends; every visit begins them anew.
SESSION_COOKIE_AGE = 60 * env.int("PORTAL_SESSION_MINUTES", default=60)
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
# clamd, asked about each file of the library (unix:///run/clamav/clamd.ctl, tcp://127.0.0.1:3310); empty for none.
UPLOAD_SCANNER = env.str("UPLOAD_SCANNER", default="")

LANGUAGE_CODE = "ko"
# English is spoken on the pages of portal.languages alone.
LANGUAGES = [("ko", "한국어"), ("en", "English")]
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
# Messages a second and a month the contract allows; 0 for no limit.
SMS_GATEWAY_RATE = env.int("SMS_GATEWAY_RATE", default=0)
SMS_GATEWAY_QUOTA = env.int("SMS_GATEWAY_QUOTA", default=0)
# Where texts go that the first gateway surely does not take; empty for none.
SMS_SECOND_GATEWAY = env.str("SMS_SECOND_GATEWAY", default="")
SMS_SECOND_GATEWAY_URL = env.str("SMS_SECOND_GATEWAY_URL", default="")
SMS_SECOND_GATEWAY_KEY = env.str("SMS_SECOND_GATEWAY_KEY", default="")
SMS_SECOND_GATEWAY_SECRET = env.str("SMS_SECOND_GATEWAY_SECRET", default="")
SMS_SECOND_GATEWAY_RATE = env.int("SMS_SECOND_GATEWAY_RATE", default=0)
SMS_SECOND_GATEWAY_QUOTA = env.int("SMS_SECOND_GATEWAY_QUOTA", default=0)
SMS_NHN_APP_KEY = env.str("SMS_NHN_APP_KEY", default="")
# The unguessable part of the address that gateways report to; empty refuses every report, and we only ask.
SMS_REPORT_TOKEN = env.str("SMS_REPORT_TOKEN", default="")
# Where the demo's visitor sees what arrived on the phones; empty without a simulator.
SMS_OUTBOX_URL = env.str("SMS_OUTBOX_URL", default=SMS_GATEWAY_URL if SMS_GATEWAY == "simulator" else "")
# Seoul hours in which results go out as texts; the e-mail goes at once. The demo shows them at any hour.
_hours = env.str("SMS_RESULT_HOURS", default="0-24" if STAGE == "demo" else "7-22")
SMS_RESULT_HOURS = (int(_hours.partition("-")[0]), int(_hours.partition("-")[2]))
SMS_BATCH_SIZE = 1_000
# 문자메시지서비스: long messages, messages one person may send a day, advertising and its 080 number.
SMS_FREE_LMS = env.bool("SMS_FREE_LMS", default=False)
SMS_FREE_PER_USER = env.int("SMS_FREE_PER_USER", default=50)
SMS_ADVERTISING = env.bool("SMS_ADVERTISING", default=False)
SMS_OPT_OUT_NUMBER = env.str("SMS_OPT_OUT_NUMBER", default="")
# Notices whose day came before this date are the older system's business (S21).
EXPIRY_GO_LIVE = env.str("PORTAL_EXPIRY_GO_LIVE", default="")
# So many guarantees of one company in one run make one text for each phone instead of one each.
EXPIRY_DIGEST_FROM = env.int("PORTAL_EXPIRY_DIGEST_FROM", default=4)
# Issued after its day to tell: `send` at the next run with what days are left, or `skip` with that reason.
EXPIRY_LATE_ISSUE = env.str("PORTAL_EXPIRY_LATE_ISSUE", default="send")
if EXPIRY_LATE_ISSUE not in ("send", "skip"):
    raise ImproperlyConfigured("PORTAL_EXPIRY_LATE_ISSUE is neither send nor skip")
# The Seoul hour by which the day must have had its run; after it operators hear of its absence.
EXPIRY_ALARM_HOUR = env.int("PORTAL_EXPIRY_ALARM_HOUR", default=11)
# Where operators hear of trouble that must not wait; comma separated, else the webmaster.
OPERATOR_EMAILS = env.list("PORTAL_OPERATOR_EMAILS", default=[]) or [COOPERATIVE["email"]]

# Who takes fees: toss, or outside production the simulator on the same wire. Empty address: the provider's own.
PAYMENT_PROVIDER = env.str("PAYMENT_PROVIDER", default="" if IN_PRODUCTION else "simulator")
PAYMENT_URL = env.str("PAYMENT_URL", default="http://127.0.0.1:8035" if PAYMENT_PROVIDER == "simulator" else "")
PAYMENT_SECRET_KEY = env.str("PAYMENT_SECRET_KEY", default="" if IN_PRODUCTION else "local-payment-key")

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

# The guarantee document. Its folder holds originals: back it up with the database. The seal is a key in files or
# in a token; without either a demo makes its own. The code key turns a verification code into what is stored of
# it, so with another key no printed code is found again.
_document_folder = env.str("DOCUMENT_FOLDER", default="" if IN_PRODUCTION else str(DATA_DIR / "documents"))
DOCUMENT_FOLDER = Path(_document_folder)
DOCUMENT_CODE_KEY = env.str("DOCUMENT_CODE_KEY", default="" if IN_PRODUCTION else KNOWN_CODE_KEY)
DOCUMENT_SEAL_KEY = env.str("DOCUMENT_SEAL_KEY", default="")
DOCUMENT_SEAL_CHAIN = env.str("DOCUMENT_SEAL_CHAIN", default="")
DOCUMENT_SEAL_PASSWORD = env.str("DOCUMENT_SEAL_PASSWORD", default="")
DOCUMENT_SEAL_PKCS11 = {
    "module": env.str("DOCUMENT_SEAL_PKCS11_MODULE", default=""),
    "token": env.str("DOCUMENT_SEAL_PKCS11_TOKEN", default=""),
    "pin": env.str("DOCUMENT_SEAL_PKCS11_PIN", default=""),
    "key": env.str("DOCUMENT_SEAL_PKCS11_KEY", default=""),
}
# Archive time stamps (RFC 3161), added after the issue; empty for none.
DOCUMENT_TSA_URL = env.str("DOCUMENT_TSA_URL", default="")
DOCUMENT_TSA_ROOTS = env.str("DOCUMENT_TSA_ROOTS", default="")

# The procurement system that documents are sent to; without an address only e-mail and print are left.
PROCUREMENT_URL = env.str("PROCUREMENT_URL", default="" if IN_PRODUCTION else "http://127.0.0.1:8027")
PROCUREMENT_KEY = env.str("PROCUREMENT_KEY", default="" if IN_PRODUCTION else "local-key")
# Proves what the system tells us by itself; empty, we believe only its answers to our questions.
PROCUREMENT_SECRET = env.str("PROCUREMENT_SECRET", default="" if IN_PRODUCTION else "local-procurement-secret")

# Seconds that this machine's clock may differ from the database's; 0 compares nothing, as in tests that travel.
CLOCK_TOLERANCE = env.int("PORTAL_CLOCK_TOLERANCE", default=0 if STAGE == "test" else 10)

# The gate before sending and issuing. Some managed services let nobody ask the server who it is: then off.
GATE_WATCHES_SERVER = env.bool("PORTAL_GATE_WATCHES_SERVER", default=True)
# Outside the database and never restored with it, so that it notices a snapshot of the server put back.
GATE_WITNESS = env.str("PORTAL_GATE_WITNESS", default=str(DATA_DIR / "gate-witness"))
# How old what pages show of it may be, in seconds; None never looks, as in tests that count queries.
GATE_LOOK_SECONDS: float | None = None if STAGE == "test" else 10.0
# How long a process shows notices, holidays and the like before it asks for them again.
GLANCE_SECONDS = 0.0 if STAGE == "test" else 10.0

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
    "gate": {"task": "portal.gate.tasks.look", "schedule": 60.0, "options": {"expires": 50}},
    "invariants": {"task": "portal.gate.tasks.verify", "schedule": crontab(hour=3, minute=10)},
    "audit-seals": {"task": "portal.audit.tasks.seal", "schedule": 600.0, "options": {"expires": 590}},
    "deliver": {"task": "sms.tasks.deliver", "schedule": 15.0, "options": {"expires": 14}},
    "delivery-reports": {"task": "sms.tasks.collect_reports", "schedule": 30.0, "options": {"expires": 29}},
    "late-delivery-reports": {"task": "sms.tasks.collect_late_reports", "schedule": crontab(minute=40)},
    "gateways": {"task": "sms.tasks.watch_gateways", "schedule": 600.0, "options": {"expires": 590}},
    "refusals": {"task": "sms.tasks.take_over_refusals", "schedule": crontab(minute=50)},
    "mileage-lapse": {"task": "sms.tasks.book_lapsed_mileage", "schedule": crontab(hour=0, minute=10)},
    "mileage-refunds": {"task": "sms.tasks.sweep_mileage", "schedule": crontab(minute=50)},
    "mileage-reminders": {
        "task": "sms.tasks.remind_of_lapsing_mileage",
        "schedule": crontab(hour="9,13", minute=20),
    },
    "mileage-check": {"task": "sms.tasks.reconcile_mileage", "schedule": crontab(hour=1, minute=10)},
    "expiry-run": {"task": "guarantees.tasks.run_expiry", "schedule": crontab(hour="9,11,14,17", minute=0)},
    "expiry-catch-up": {
        "task": "guarantees.tasks.catch_up_expiry",
        "schedule": crontab(hour="9-19", minute="5-59/10"),
        "options": {"expires": 540},
    },
    "answers-by-mail": {
        "task": "portal.helpdesk.tasks.mail_answers",
        "schedule": 30.0,
        "options": {"expires": 29},
    },
    "invitations-by-mail": {
        "task": "portal.members.tasks.mail_invitations",
        "schedule": 30.0,
        "options": {"expires": 29},
    },
    "ended-sessions": {"task": "portal.members.tasks.clear_sessions", "schedule": crontab(minute=20)},
    "scan-downloads": {
        "task": "portal.helpdesk.tasks.scan_downloads",
        "schedule": 60.0,
        "options": {"expires": 59},
    },
    "auto-screening": {
        "task": "guarantees.tasks.screen_applications",
        "schedule": 15.0,
        "options": {"expires": 14},
    },
    "expired": {"task": "guarantees.tasks.mark_expired", "schedule": crontab(hour=0, minute=10)},
    "release-ended": {"task": "guarantees.tasks.release_ended", "schedule": crontab(hour=0, minute=30)},
    "release-proposals": {"task": "guarantees.tasks.propose_releases", "schedule": crontab(minute="3-59/5")},
    "bulk-releases": {"task": "guarantees.tasks.release_in_bulk", "schedule": 10.0, "options": {"expires": 9}},
    "payments": {"task": "guarantees.tasks.look_at_payments", "schedule": 60.0, "options": {"expires": 55}},
    "refunds": {"task": "guarantees.tasks.send_refunds", "schedule": 30.0, "options": {"expires": 29}},
    # Its own bell: a minute of waiting before an e-mail leaves is too long, a look costs one index read.
    "documents-to-deliver": {
        "task": "guarantees.tasks.deliver_documents",
        "schedule": 20.0,
        "options": {"expires": 19},
    },
    "issue-paid": {
        "task": "guarantees.tasks.issue_paid_applications",
        "schedule": 60.0,
        "options": {"expires": 59},
    },
    "document-stamps": {
        "task": "guarantees.tasks.stamp_documents",
        "schedule": 600.0,
        "options": {"expires": 590},
    },
    "document-check": {"task": "guarantees.tasks.check_documents", "schedule": crontab(hour=2, minute=40)},
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
    "spent-challenges": {
        "task": "certificates.tasks.purge_certificates",
        "schedule": crontab(hour=3, minute=45),
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
        sms_second_gateway=SMS_SECOND_GATEWAY,
        sms_keys=[
            *(SMS_GATEWAY_KEY, SMS_GATEWAY_SECRET),
            *([SMS_SECOND_GATEWAY_KEY, SMS_SECOND_GATEWAY_SECRET] if SMS_SECOND_GATEWAY else []),
            *([SMS_NHN_APP_KEY] if "nhn" in (SMS_GATEWAY, SMS_SECOND_GATEWAY) else []),
        ],
        payment_provider=PAYMENT_PROVIDER,
        payment_key=PAYMENT_SECRET_KEY,
        public_url=PUBLIC_URL,
        email_url=env.str("EMAIL_URL", default=""),
        sealing_keys=CERTIFICATE_SEALING_KEYS,
        replace_mode=CERTIFICATE_REPLACE_MODE,
        document_folder=_document_folder,
        code_key=DOCUMENT_CODE_KEY,
        seal=[DOCUMENT_SEAL_CHAIN, DOCUMENT_SEAL_KEY or all(DOCUMENT_SEAL_PKCS11.values())],
        stamps=[DOCUMENT_TSA_URL, DOCUMENT_TSA_ROOTS],
        chairman=COOPERATIVE["chairman"],
    )
