"""Claims judged: each number that somebody worked out, its verdict, and the mistake that explains it."""

from backproof.checking.claims.examination import Examination, examine
from backproof.checking.claims.report import VERDICTS, Report, check

__all__ = ["VERDICTS", "Examination", "Report", "check", "examine"]
