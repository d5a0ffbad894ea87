"""PostgreSQL without an installation: the binaries of a wheel, one server per copy of the portal.

The server listens on a socket in a private folder only, never on a port. Every process that uses it holds a
shared lock; the keeper stops the server when the last lock is gone, however that user ended. So the demo, a
shell and a short `manage.py` command may come and go in any order.
"""

from portal.embedded_postgres.binaries import NoPostgres
from portal.embedded_postgres.cluster import Cluster, database_url, throwaway_cluster

__all__ = ["Cluster", "NoPostgres", "database_url", "throwaway_cluster"]
