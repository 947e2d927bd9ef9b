"""Prints: a template in a small safe language, filled under the rights of whoever prints, laid out on paper as a PDF."""
