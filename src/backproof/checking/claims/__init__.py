"""Claims judged: each number that somebody worked out, its verdict, and the mistake that explains it."""

from backproof.checking.claims.examination import Examination, examine
from backproof.checking.claims.report import VERDICTS, Report, check
from backproof.checking.claims.story import StorySlip

__all__ = ["VERDICTS", "Examination", "Report", "StorySlip", "check", "examine"]
