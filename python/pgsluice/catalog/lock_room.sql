-- How many locks the server has room for, and the settings that say so.
SELECT current_setting('max_locks_per_transaction')::int AS locks_per_transaction,
       current_setting('max_connections')::int + current_setting('max_prepared_transactions')::int AS transactions
