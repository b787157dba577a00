-- Makes the table of the cases: heartbeats of hosts, with half of each page left free, so that updates can be HOT.
DROP SCHEMA IF EXISTS _pgsluice_wal_cases CASCADE;
CREATE SCHEMA _pgsluice_wal_cases;
CREATE TABLE _pgsluice_wal_cases.hosts (id int8 PRIMARY KEY, seen int8 NOT NULL) WITH (fillfactor = 45);
