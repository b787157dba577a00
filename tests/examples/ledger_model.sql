-- What must be in the database after all ledgers before $1: the invented chain once more, by arithmetic alone.
WITH happened AS (
    SELECT l AS ledger, n AS number, k.kind, p.payer,
           (p.payer + 1 + (l * 3 + n) % 49) % 50 AS payee,
           CASE k.kind WHEN 'native' THEN 'XLM' ELSE k.kind || '-' || (l + 3 * n) % 5 END AS asset,
           1 + (l * n) % 97 AS amount
      FROM generate_series(1, $1::int - 1) AS l,
           generate_series(0, 19) AS n,
           LATERAL (SELECT (ARRAY['native', 'trustline', 'contract', 'token'])[1 + (l + n) % 4]) AS k (kind),
           LATERAL (SELECT (l * 7 + n * 13) % 50) AS p (payer)
), moved AS (
    SELECT kind, payer AS holder, asset, -amount AS amount, ledger FROM happened
    UNION ALL
    SELECT kind, payee, asset, amount, ledger FROM happened
), stands AS (
    SELECT kind, holder, asset, sum(amount) AS balance, max(ledger) AS ledger FROM moved GROUP BY kind, holder, asset
), expected AS (
    SELECT 'transfers' AS place, concat_ws('|', ledger, number, kind, payer, payee, asset, amount) AS line FROM happened
    UNION ALL SELECT kind, concat_ws('|', holder, asset, balance, ledger) FROM stands
    UNION ALL SELECT DISTINCT 'assets', concat_ws('|', asset, kind) FROM happened
    UNION ALL SELECT DISTINCT 'account_tokens', concat_ws('|', holder, asset) FROM moved WHERE kind = 'token'
), found AS (
    SELECT 'transfers' AS place, concat_ws('|', ledger, number, kind, payer, payee, asset, amount) AS line FROM transfers
    UNION ALL SELECT 'native', concat_ws('|', account, 'XLM', balance, ledger) FROM native_balances
    UNION ALL SELECT 'trustline', concat_ws('|', account, asset, balance, ledger) FROM trustlines
    UNION ALL SELECT 'contract', concat_ws('|', contract, asset, balance, ledger) FROM contract_balances
    UNION ALL SELECT 'token', concat_ws('|', account, token, balance, ledger) FROM token_balances
    UNION ALL SELECT 'assets', concat_ws('|', asset, kind) FROM assets
    UNION ALL SELECT 'account_tokens', concat_ws('|', account, token) FROM account_tokens
)
SELECT 'missing' AS what, place, line FROM (SELECT * FROM expected EXCEPT ALL SELECT * FROM found) AS m
UNION ALL
SELECT 'too many', place, line FROM (SELECT * FROM found EXCEPT ALL SELECT * FROM expected) AS t
ORDER BY 1, 2, 3 LIMIT 20
