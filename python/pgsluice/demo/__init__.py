"""The demo's invented web shop: the database it copies (shop.sql) and the rules that mask it (rules.toml)."""
