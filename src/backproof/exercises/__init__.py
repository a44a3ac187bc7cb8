"""Exercises: fresh variants of a worksheet, with numbers that a person can work with, and the answers to them."""

from backproof.exercises.questions import KINDS, Question
from backproof.exercises.variants import Exercises, Variant, make

__all__ = ["KINDS", "Exercises", "Question", "Variant", "make"]
