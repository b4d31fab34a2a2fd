"""The points ledger: what parties do for the community, provable and never overwritten."""
