"""The platform over HTTP: the framework's quirks stop here."""
