"""Changes a SageMaker endpoint: its variants, their weights, its target models."""
