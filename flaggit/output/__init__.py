"""How any value is shown: text, tables, JSON, markup."""
