"""One small language of expressions: read, fitted to a record type, worked out, and said in the reader's words. docs/expressions.md."""
