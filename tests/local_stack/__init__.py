"""The local stack: started, repaired, stopped; nothing left behind."""
