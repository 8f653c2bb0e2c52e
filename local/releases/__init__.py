"""Changes what a SageMaker endpoint serves: variants, their weights, target models."""
