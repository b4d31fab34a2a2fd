"""HTTPS where nobody has a certificate to give: Caddy in front, with a root of this house's own."""
