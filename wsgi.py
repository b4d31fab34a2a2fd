"""What gunicorn loads; nothing else."""

from intranet import create_app

app = create_app()
