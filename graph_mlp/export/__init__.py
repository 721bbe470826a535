"""A trained model as something else: a SavedModel, an ONNX or LiteRT file, one web page."""
