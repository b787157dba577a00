"""The one seam to the driver: connect, execute, COPY out, COPY in. Nothing else imports asyncpg."""

from pgsluice.driver.connection import Connection, connect
from pgsluice.driver.dsn import Dsn
from pgsluice.driver.sqlstates import Reaction, reaction

__all__ = ["Connection", "Dsn", "Reaction", "connect", "reaction"]
