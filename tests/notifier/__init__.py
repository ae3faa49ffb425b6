"""The notifier, tried on mail servers that record, refuse, hang and drop."""
