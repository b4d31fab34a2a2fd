"""The demo community: made once, kept ever after."""
