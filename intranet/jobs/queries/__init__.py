"""What is asked about jobs."""
