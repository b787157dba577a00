-- What pgsluice remembers, beside the rows it wrote. It holds names, counts, digests and sealed keys; no values.
CREATE SCHEMA IF NOT EXISTS _pgsluice;

CREATE TABLE IF NOT EXISTS _pgsluice.run (
    run_id          uuid PRIMARY KEY,
    format_version  int NOT NULL,
    state           text NOT NULL CHECK (state IN ('running', 'interrupted', 'failed', 'done', 'replaced')),
    started_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at     timestamptz,
    pgsluice_version text NOT NULL,
    plan_hash       text NOT NULL,
    key_id          text NOT NULL,
    source_system   text NOT NULL,
    source_database oid NOT NULL,
    -- Raised by every process that takes the run over; a commit that carries an older one does nothing.
    fencing_token   bigint NOT NULL,
    -- Sources of rows: one snapshot, or several after it was lost.
    snapshot_count  int NOT NULL DEFAULT 1,
    -- Whether some of its tables are unlogged on the target: then `unlogged` below has a row for it.
    has_unlogged    boolean NOT NULL,
    has_large_objects boolean NOT NULL,
    -- How far the making of the target's objects is: 'pre-data' when the tables are made, 'post-data' when the rest is
    -- begun, 'complete' when nothing is missing.
    schema_state    text NOT NULL
                    CHECK (schema_state IN ('existing', 'none', 'pre-data', 'post-data', 'complete')),
    -- What was planned: tables, columns, types, masks and domains by name, parameters as MACs under the run's key.
    plan_outline    jsonb
);
ALTER TABLE _pgsluice.run ADD COLUMN IF NOT EXISTS plan_outline jsonb;

-- The moments of the source that rows are of, numbered by generation. Who holds one is known by names that are no secret.
CREATE TABLE IF NOT EXISTS _pgsluice.snapshot (
    run_id       uuid NOT NULL REFERENCES _pgsluice.run,
    generation   int NOT NULL,
    -- By the source's clock and log, read just after the snapshot was taken.
    taken_at     timestamptz NOT NULL,
    lsn          pg_lsn,
    timeline     int NOT NULL,
    is_replica   boolean NOT NULL,
    -- The session of the source that keeps it for later processes; all are set, or none.
    snapshot_name       text,
    holder_pid          int,
    virtual_transaction text,
    application_name    text,
    held_since          timestamptz,
    held_until          timestamptz,
    PRIMARY KEY (run_id, generation)
);

CREATE TABLE IF NOT EXISTS _pgsluice.table_run (
    run_id       uuid NOT NULL REFERENCES _pgsluice.run,
    table_schema text NOT NULL,
    table_name   text NOT NULL,
    state        text NOT NULL CHECK (state IN ('waiting', 'copying', 'done', 'failed')),
    copy_format  text NOT NULL,
    key_kind     text NOT NULL,
    -- Generation of the snapshot that it was last begun or ended under; its batches know their own.
    last_snapshot int,
    started_at   timestamptz,
    finished_at  timestamptz,
    PRIMARY KEY (run_id, table_schema, table_name)
);

-- A row for each run that fills unlogged tables. A crash of this server empties them and this one alike, and leaves the
-- checkpoints: where the row is gone, the rows of those tables are.
CREATE UNLOGGED TABLE IF NOT EXISTS _pgsluice.unlogged (
    run_id  uuid PRIMARY KEY
);

-- Ranges of a table's key that are copied side by side, written before the table's first row; a table that is not cut
-- has none. The bounds are source keys, sealed under the run's key; NULL where a range is open.
CREATE TABLE IF NOT EXISTS _pgsluice.slice (
    run_id        uuid NOT NULL,
    table_schema  text NOT NULL,
    table_name    text NOT NULL,
    slice_number  int NOT NULL,
    after_key     bytea,
    until_key     bytea,
    PRIMARY KEY (run_id, table_schema, table_name, slice_number),
    FOREIGN KEY (run_id, table_schema, table_name) REFERENCES _pgsluice.table_run
);

-- One row a committed batch, written in the transaction of its rows: the checkpoint. Batches count from 1 in a slice;
-- a table that is not cut is slice 1.
CREATE TABLE IF NOT EXISTS _pgsluice.batch (
    run_id        uuid NOT NULL,
    table_schema  text NOT NULL,
    table_name    text NOT NULL,
    slice_number  int NOT NULL,
    batch_number  bigint NOT NULL,
    -- Generation of the snapshot that its rows are of.
    snapshot      int NOT NULL,
    -- Source key of the last row, sealed under the run's key.
    last_key      bytea NOT NULL,
    row_count     bigint NOT NULL,
    size_bytes    bigint NOT NULL,
    digest        bytea NOT NULL,
    committed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (run_id, table_schema, table_name, slice_number, batch_number),
    FOREIGN KEY (run_id, table_schema, table_name) REFERENCES _pgsluice.table_run
);

-- Objects of the schema that pgsluice made here, each written in the transaction that made it. An identity is its OIDs
-- on the source, kind and name.
CREATE TABLE IF NOT EXISTS _pgsluice.made_object (
    identity    text PRIMARY KEY,
    made_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE IF NOT EXISTS _pgsluice.audit (
    run_id      uuid NOT NULL,
    sequence    bigint NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- The record as JSON text, exactly the bytes that were hashed.
    record      text NOT NULL,
    previous    text NOT NULL,
    hash        text NOT NULL,
    mac         text NOT NULL,
    PRIMARY KEY (run_id, sequence)
);

-- One row a committed batch of large objects, written in the transaction of these. OIDs are no values: the target has
-- the same.
CREATE TABLE IF NOT EXISTS _pgsluice.large_object_batch (
    run_id        uuid NOT NULL REFERENCES _pgsluice.run,
    batch_number  int NOT NULL,
    oids          oid[] NOT NULL,
    size_bytes    bigint NOT NULL,
    digest        bytea NOT NULL,
    -- Which of the run's snapshots they come from.
    snapshot      int NOT NULL,
    committed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (run_id, batch_number)
);
