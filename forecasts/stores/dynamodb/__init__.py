"""The DynamoDB store, twice: over boto3, and over HTTP requests of our own, which are faster."""
