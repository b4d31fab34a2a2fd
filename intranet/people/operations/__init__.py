"""What may be done to accounts, their roles, sessions and passwords."""
