-- Records rejected rows in the transaction of the good ones. %s is the table's name.
INSERT INTO %s (flush, relation, sqlstate, column_name, constraint_name, reason, call, position, given)
SELECT $1, r.relation, r.sqlstate, r.column_name, r.constraint_name, r.reason, r.call, r.position, r.given::json
  FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::text[])
       AS r (relation, sqlstate, column_name, constraint_name, reason, call, position, given)
