"""Documents as PDF: Typst sets them from templates beside this file; content goes in as JSON, never as source."""
