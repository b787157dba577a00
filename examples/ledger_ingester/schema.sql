-- What the ingester writes: what happened (transfers), how things stand (four tables of balances), and what exists.
CREATE TABLE IF NOT EXISTS transfers (
    ledger bigint,
    number int,
    kind   text NOT NULL,
    payer  bigint NOT NULL,
    payee  bigint NOT NULL,
    asset  text NOT NULL,
    amount bigint NOT NULL,
    PRIMARY KEY (ledger, number)
);

-- Rows of current state are written again and again: no index on what changes, and room for new versions on the page.
CREATE TABLE IF NOT EXISTS native_balances (
    account bigint PRIMARY KEY,
    balance bigint NOT NULL,
    ledger  bigint NOT NULL
) WITH (fillfactor = 70);
CREATE TABLE IF NOT EXISTS trustlines (
    account bigint,
    asset   text,
    balance bigint NOT NULL,
    ledger  bigint NOT NULL,
    PRIMARY KEY (account, asset)
) WITH (fillfactor = 70);
CREATE TABLE IF NOT EXISTS contract_balances (
    contract bigint,
    asset    text,
    balance  bigint NOT NULL,
    ledger   bigint NOT NULL,
    PRIMARY KEY (contract, asset)
) WITH (fillfactor = 70);
CREATE TABLE IF NOT EXISTS token_balances (
    token   text,
    account bigint,
    balance bigint NOT NULL,
    ledger  bigint NOT NULL,
    PRIMARY KEY (token, account)
) WITH (fillfactor = 70);

CREATE TABLE IF NOT EXISTS assets (
    asset text PRIMARY KEY,
    kind  text NOT NULL
);
CREATE TABLE IF NOT EXISTS account_tokens (
    account bigint,
    token   text,
    PRIMARY KEY (account, token)
);
