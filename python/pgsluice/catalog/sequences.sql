-- Sequences with the last value they gave, NULL where they gave none or the role may not read it.
SELECT s.schemaname AS schema,
       s.sequencename AS name,
       s.last_value,
       has_sequence_privilege(format('%I.%I', s.schemaname, s.sequencename)::regclass, 'USAGE, SELECT') AS may_read,
       has_sequence_privilege(format('%I.%I', s.schemaname, s.sequencename)::regclass, 'SELECT') AS may_select
  FROM pg_sequences AS s
 WHERE s.schemaname <> '_pgsluice'
 ORDER BY 1, 2
