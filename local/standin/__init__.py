"""A stand-in of a SageMaker endpoint, with its faults."""
