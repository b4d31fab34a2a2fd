"""Incidents (事件): reported, accepted, dispatched, handled, verified, closed; by the clock."""
