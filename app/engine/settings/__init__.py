"""What an administrator sets up without a developer, as plain data that travels from company to company."""
