"""The DynamoDB store over boto3, and over direct HTTP requests, which are faster."""
