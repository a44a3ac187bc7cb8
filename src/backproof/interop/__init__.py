"""Interoperation: the only room that imports other people's packages, one package a folder."""
