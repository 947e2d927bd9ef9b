"""The platform without HTTP: no request, no business thing."""
