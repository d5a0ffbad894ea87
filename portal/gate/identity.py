"""Which database this is, told from inside: the same server, the same line of its history, the same tables.

A standby that was promoted goes on in another timeline, a server made anew has another system identifier, and a
table restored from a dump another number. A copy of the server's own files, put back while it was stopped, has all
of them unchanged; that is what `witness` is for.
"""

from django.conf import settings
from django.db import ProgrammingError, connection

from portal.refusals import Refusal

# Both are open to every role; in recovery the second fails, and nothing is decided on a standby.
SERVER = """(SELECT system_identifier FROM pg_control_system())::text
            || '-' || left(pg_walfile_name(pg_current_wal_lsn()), 8) || '-'"""
# pg_dump keeps no object numbers, so that whatever was restored from a dump has others.
DATABASE = """(SELECT oid FROM pg_database WHERE datname = current_database())::text
              || '-' || 'gate_gate'::regclass::oid"""
POSITION = "(pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::bigint"
NOT_PERMITTED = "42501"


class IdentityNotReadable(Refusal):
    """The database server does not let our role ask who it is."""

    message = (
        "데이터베이스 서버가 pg_control_system() 또는 pg_current_wal_lsn() 조회를 허용하지 않아 "
        "장애 조치를 알아챌 수 없습니다. 데이터베이스 관리자에게 실행 권한을 요청하거나, 그럴 수 없는 서비스라면 "
        "PORTAL_GATE_WATCHES_SERVER=false로 두고 장애 조치 뒤에 직접 차단해 주세요."
    )


def expression() -> str:
    """The database's name for itself as an SQL expression, without parameters."""
    return f"({SERVER} || {DATABASE})" if settings.GATE_WATCHES_SERVER else f"({DATABASE})"


def is_open_expression() -> str:
    """An SQL condition, without parameters: the gate stands open, and this is the database it was opened for."""
    return f"EXISTS (SELECT FROM gate_gate AS gate WHERE gate.is_open AND gate.cluster = {expression()})"


def read() -> tuple[str, int | None]:
    """The name of this database, and how far its log is safely on disk, in bytes (None: not to be asked).

    Raises IdentityNotReadable.
    """
    position = POSITION if settings.GATE_WATCHES_SERVER else "NULL::bigint"
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {expression()}, {position}")
            name, reached = cursor.fetchone()
    except ProgrammingError as error:
        if getattr(error.__cause__, "pgcode", "") == NOT_PERMITTED:
            raise IdentityNotReadable from error
        raise
    return name, reached
