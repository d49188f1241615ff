"""What is done to an ONNX file beyond writing it: its ends, whole numbers, a look inside, running it."""
