"""Makes the target's objects as the source has them, by pg_dump and pg_restore; no DDL of our own."""
