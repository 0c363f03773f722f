"""The training side of the ingredient classifier: data, model, export. Modules do nothing on import."""
