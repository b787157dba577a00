-- What writers remember beside the rows they wrote: how far a named position is, and which batch was the last.
CREATE SCHEMA IF NOT EXISTS _pgsluice;

-- A batch that must not be written twice, and whose answer was lost, is looked for here. One row for each writer.
CREATE TABLE IF NOT EXISTS _pgsluice.writer_batch (
    writer     uuid PRIMARY KEY,
    number     bigint NOT NULL,
    written_at timestamptz NOT NULL
) WITH (fillfactor = 50);

-- Where a stream of input is: everything from `origin` up to `position`, without it, is written.
CREATE TABLE IF NOT EXISTS _pgsluice.cursor (
    name     text PRIMARY KEY,
    origin   bigint NOT NULL,
    position bigint NOT NULL CHECK (position >= origin),
    -- Of the batch that moved it last: whoever lost the answer knows its own.
    moved_by uuid,
    moved_at timestamptz NOT NULL
) WITH (fillfactor = 50);

-- What backfills have written beside that, in any order; ranges of one cursor never overlap.
CREATE TABLE IF NOT EXISTS _pgsluice.cursor_range (
    name       text NOT NULL REFERENCES _pgsluice.cursor,
    first      bigint NOT NULL,
    behind     bigint NOT NULL CHECK (behind > first),
    moved_by   uuid NOT NULL,
    written_at timestamptz NOT NULL,
    PRIMARY KEY (name, first)
);
