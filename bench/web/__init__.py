"""What the page and writer benches stand on."""
