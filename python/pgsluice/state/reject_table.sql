-- The rows that could not be written: why, where they stood in what was given, and what they were. %s is its name.
CREATE TABLE IF NOT EXISTS %s (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rejected_at     timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    -- One flush, or one batch with a cursor.
    flush           uuid NOT NULL,
    relation        text NOT NULL,
    -- None where the value could not even be sent.
    sqlstate        text,
    column_name     text,
    constraint_name text,
    reason          text NOT NULL,
    -- Of the writer's calls of write(), and the row in that call; both from 0.
    call            bigint NOT NULL,
    position        bigint NOT NULL,
    -- The row as it was given: text by column, with NUL as \0.
    given           json NOT NULL
)
