"""Bills: charges of a month added up, with the taxes of its last day."""
