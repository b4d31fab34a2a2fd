"""Who may walk where in the workbench, and at the house's own doors."""

from house.matrix import Row

from intranet.access import Permission as P

ROWS = {
    "workbench.home": Row(P.WORKBENCH_HOME_VIEW, lambda place: "/", of_place=False),
    "workbench.audit": Row(P.AUDIT_ENTRY_VIEW, lambda place: "/audit", of_place=False),
    "workbench.audit_export": Row(
        P.AUDIT_ENTRY_VIEW, lambda place: "/audit/export.csv", of_place=False
    ),
    "workbench.help_https": Row(None, lambda place: "/help/https"),
    "workbench.root_certificate": Row(None, lambda place: "/help/https/root.crt"),
    "workbench.own_name": Row(None, lambda place: "/help/https/own"),
    "workbench.style": Row(None, lambda place: "/style"),
    "health.healthz": Row(None, lambda place: "/healthz"),
    "health.readyz": Row(None, lambda place: "/readyz"),
    "health.metrics": Row(None, lambda place: "/metrics"),
}
