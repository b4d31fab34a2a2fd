"""What people type about jobs, and what the words of jobs are called."""
