"""What the media benches share."""
