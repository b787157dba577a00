-- Whether COPY may write the rows of a table frozen after an emptying in its transaction: see "FREEZE" of COPY.
SELECT c.relkind = 'r'
       AND has_table_privilege(c.oid, 'TRUNCATE')
       -- TRUNCATE refuses a table that others refer to, and fires triggers of its own.
       AND NOT EXISTS (SELECT 1 FROM pg_constraint AS k
                        WHERE k.contype = 'f' AND k.confrelid = c.oid AND k.conrelid <> c.oid)
       AND NOT EXISTS (SELECT 1 FROM pg_trigger AS t
                        WHERE t.tgrelid = c.oid AND (t.tgtype & 32) <> 0 AND t.tgenabled <> 'D')
  FROM pg_class AS c
 WHERE c.oid = to_regclass($1)
