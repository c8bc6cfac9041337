"""The ledger: what can be said to it (``statements``), and its tables and functions in Postgres."""
