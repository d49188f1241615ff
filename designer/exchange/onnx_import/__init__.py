"""ONNX files as blocks: operators by small converters, the arithmetic of sizes worked out while reading."""
