# Two stages: packages are installed with hashes in the first, the second carries no installer's leftovers.
FROM python:3.11.15-slim-bookworm AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv
COPY requirements.lock .
RUN /venv/bin/pip install --no-input --require-hashes -r requirements.lock

FROM python:3.11.15-slim-bookworm
# Numbers, not names: an orchestrator can check that the user is not root.
RUN groupadd --system --gid 10001 portal \
 && useradd --system --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin portal \
 && install -d -o portal -g portal -m 0700 /data /schedule
COPY --from=packages /venv /venv
WORKDIR /app
COPY . .
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PORTAL_ENV=production \
    PORTAL_STATIC_ROOT=/app/static-built
# Readable for the portal's user whatever the builder's umask was; bytecode now, as the running container cannot
# write; static files with values that only this step sees.
RUN chmod -R a+rX /app \
 && python -m compileall -q /app \
 && SECRET_KEY=only-for-collectstatic-and-never-used-to-sign-anything-at-all \
    ALLOWED_HOSTS=build.invalid PORTAL_PUBLIC_URL=https://build.invalid \
    DATABASE_URL=postgres://build.invalid/portal REDIS_URL=redis://build.invalid/0 \
    SMS_GATEWAY=solapi SMS_GATEWAY_KEY=none SMS_GATEWAY_SECRET=none \
    PAYMENT_PROVIDER=toss PAYMENT_SECRET_KEY=none \
    EMAIL_URL=smtp://build.invalid CERTIFICATE_SEALING_KEYS=/run/secrets/sealing-1.pem \
    DOCUMENT_FOLDER=/data/documents DOCUMENT_CODE_KEY=only-for-this-step-and-no-document-ever \
    DOCUMENT_SEAL_CHAIN=/run/secrets/seal-chain.pem DOCUMENT_SEAL_KEY=/run/secrets/seal.key \
    PORTAL_COOPERATIVE_CHAIRMAN=none \
    python manage.py collectstatic --no-input --verbosity 0
USER 10001:10001
EXPOSE 8000
CMD ["gunicorn", "portal.wsgi:application", "--bind", "0.0.0.0:8000", "--workers", "3", "--threads", "4", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
