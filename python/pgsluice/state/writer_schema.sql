-- What writers remember beside the rows they wrote: what of a stream of input is written, and which batch was the last.
SELECT pg_catalog.pg_advisory_xact_lock(7390128465512873301);  -- Two writers that begin at once would both create.
CREATE SCHEMA IF NOT EXISTS _pgsluice;

-- A batch that must not be written twice, and whose answer was lost, is looked for here. A row for each batch at once.
CREATE TABLE IF NOT EXISTS _pgsluice.writer_batch (
    writer     uuid PRIMARY KEY,
    number     bigint NOT NULL,
    written_at timestamptz NOT NULL
) WITH (fillfactor = 50);

-- What of a stream of input is written. Ranges that touch are one, so the row is small unless there are many gaps.
CREATE TABLE IF NOT EXISTS _pgsluice.cursor (
    name     text PRIMARY KEY,
    written  int8multirange NOT NULL,
    -- Where live batches go on; NULL while there were backfills only.
    position bigint,
    -- Of the live batch that moved it last: whoever lost the answer knows its own.
    moved_by uuid,
    moved_at timestamptz NOT NULL
) WITH (fillfactor = 50);
