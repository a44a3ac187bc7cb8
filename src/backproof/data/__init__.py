"""Data: read from files, frames and arrays into a table, prepared for a network, split, or streamed."""
