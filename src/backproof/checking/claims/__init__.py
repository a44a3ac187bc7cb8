"""Claims judged: each number that somebody worked out, its verdict, and the mistake that explains it."""

from backproof.checking.claims.examination import BLANK, Examination, examine
from backproof.checking.claims.report import Report, check
from backproof.checking.claims.story import StorySlip

__all__ = ["BLANK", "Examination", "Report", "StorySlip", "check", "examine"]
