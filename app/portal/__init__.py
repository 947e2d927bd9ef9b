"""Pages without a login, for carers and customers, behind signed links."""
