"""What the writer (`batch_jobs`) and the reader (`api`) agree on: terms, item format, stores.

This package is on the cold path of every Lambda function, so it uses only the standard library, and
boto3 in one module (`forecasts.stores.dynamodb.boto`).
"""
