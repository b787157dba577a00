"""The one seam to the driver: connect, execute, COPY out, COPY in. Nothing else imports asyncpg."""

from pgsluice.driver.connection import Connection, connect
from pgsluice.driver.deadline import DEFAULT_DEADLINES, Deadlines
from pgsluice.driver.dsn import Dsn
from pgsluice.driver.sqlstates import Reaction, reaction
from pgsluice.driver.statements import Array

__all__ = [
    "DEFAULT_DEADLINES",
    "Array",
    "Connection",
    "Deadlines",
    "Dsn",
    "Reaction",
    "connect",
    "reaction",
]
