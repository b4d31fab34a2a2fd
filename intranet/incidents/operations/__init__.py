"""What may be done to an incident, and by when."""
