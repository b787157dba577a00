-- Sets the sequences that are here and may be set; tells of each that is here whether it stands right now.
SELECT w.name,
       CASE WHEN NOT w.may_read OR NOT has_sequence_privilege(to_regclass(w.name), 'UPDATE') THEN false
            WHEN w.last_value IS NULL THEN true
            ELSE setval(to_regclass(w.name), w.last_value, w.is_called) IS NOT NULL
       END AS is_set
  FROM unnest($1::text[], $2::int8[], $3::bool[], $4::bool[]) AS w (name, last_value, is_called, may_read)
 WHERE to_regclass(w.name) IS NOT NULL
