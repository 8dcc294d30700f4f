"""hotclub beside its rivals, on cases told as models and requests."""
