"""One small client for each outside system, each with the same protocol as its rehearsal."""
