"""Work outside a request: the ticker says when, the queue's workers do it. Lost work is found again in the database."""
