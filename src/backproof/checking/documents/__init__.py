"""Claims read from a document: Markdown, LaTeX, plain text or a notebook."""

from backproof.checking.documents.model import Formula, Reading, Slip, Step, Unread
from backproof.checking.documents.reading import check_place, read_document

__all__ = ["Formula", "Reading", "Slip", "Step", "Unread", "check_place", "read_document"]
