"""What people type in the points room, checked for shape."""
