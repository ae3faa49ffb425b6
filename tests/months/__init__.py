"""The clock turned, months closed: on a stack of their own, since time never goes back."""
