-- A partitioned table, its key, and each of its partitions with bounds as text; one row where it has no partition.
-- The table's own facts once, and not for each partition: nobody indexes constraints by what they refer to.
WITH parent AS MATERIALIZED (
    SELECT c.oid,
           c.relkind::text AS kind,
           c.relpersistence::text AS persistence,
           c.relreplident::text AS replica_identity,
           k.partstrat::text AS strategy,
           cardinality(k.partattrs::int2[]) AS key_count,
           a.attname AS key_name,
           t.typname AS key_type,
           o.rolname AS owner,
           o.rolname = current_user AS is_owner,
           s.spcname AS tablespace,
           m.amname AS access_method,
           extract(epoch FROM clock_timestamp())::text AS now_epoch,
           current_setting('datestyle') LIKE 'ISO%' AS is_iso,
           ARRAY(SELECT r.conname || ' of ' || r.conrelid::regclass::text FROM pg_constraint AS r
                  WHERE r.confrelid = c.oid AND r.contype = 'f' AND r.conparentid = 0 ORDER BY 1) AS referenced_by,
           (SELECT f.nspname FROM pg_extension AS e JOIN pg_namespace AS f ON f.oid = e.extnamespace
             WHERE e.extname = 'pg_partman') AS partman
      FROM pg_class AS c
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_roles AS o ON o.oid = c.relowner
      LEFT JOIN pg_tablespace AS s ON s.oid = c.reltablespace
      LEFT JOIN pg_am AS m ON m.oid = c.relam
      LEFT JOIN pg_partitioned_table AS k ON k.partrelid = c.oid
      LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.partattrs[0] AND k.partattrs[0] <> 0
      LEFT JOIN pg_type AS y ON y.oid = a.atttypid
      LEFT JOIN pg_type AS t ON t.oid = coalesce(nullif(y.typbasetype, 0), y.oid)
                            AND t.typnamespace = 'pg_catalog'::regnamespace
     WHERE n.nspname = $1 AND c.relname = $2
)
SELECT c.*, p.*
  FROM parent AS c
  LEFT JOIN LATERAL (
       SELECT b.oid AS part_oid,
              b.schema AS part_schema,
              b.name AS part_name,
              b.kind AS part_kind,
              b.is_detaching,
              b.is_default,
              -- Read back in the session that wrote them, whatever its zone.
              CASE WHEN b.lower IN ('MINVALUE', 'MAXVALUE') OR b.is_number THEN b.lower
                   WHEN b.is_zoned THEN extract(epoch FROM b.lower::timestamptz)::text
                   WHEN b.is_time THEN extract(epoch FROM b.lower::timestamp)::text END AS lower,
              CASE WHEN b.upper IN ('MINVALUE', 'MAXVALUE') OR b.is_number THEN b.upper
                   WHEN b.is_zoned THEN extract(epoch FROM b.upper::timestamptz)::text
                   WHEN b.is_time THEN extract(epoch FROM b.upper::timestamp)::text END AS upper
         FROM (SELECT d.oid,
                      e.nspname AS schema,
                      d.relname AS name,
                      d.relkind::text AS kind,
                      i.inhdetachpending AS is_detaching,
                      x.bound = 'DEFAULT' AS is_default,
                      c.key_type IN ('int2', 'int4', 'int8') AS is_number,
                      c.key_type = 'timestamptz' AS is_zoned,
                      c.key_type IN ('date', 'timestamp') AS is_time,
                      trim('''' FROM (regexp_match(x.bound, '^FOR VALUES FROM \((.*)\) TO \((.*)\)$'))[1]) AS lower,
                      trim('''' FROM (regexp_match(x.bound, '^FOR VALUES FROM \((.*)\) TO \((.*)\)$'))[2]) AS upper
                 FROM pg_inherits AS i
                 JOIN pg_class AS d ON d.oid = i.inhrelid
                 JOIN pg_namespace AS e ON e.oid = d.relnamespace
                -- Of no relation: a bound has no column, and naming the partition would lock it.
                CROSS JOIN LATERAL (SELECT pg_get_expr(d.relpartbound, 0) AS bound) AS x
                WHERE i.inhparent = c.oid AND c.strategy = 'r' AND c.key_count = 1) AS b
       ) AS p ON true
