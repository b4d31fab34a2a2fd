"""Unlawful or unfair words of a post: rules as data, and what they find in a text."""

from intranet.jobs.operations.wording.finding import Finding, check
from intranet.jobs.operations.wording.rule import Severity, WordingRule
from intranet.jobs.operations.wording.rules import RULES

__all__ = ["RULES", "Finding", "Severity", "WordingRule", "check"]
