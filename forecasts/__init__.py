"""What the writer (`batch_jobs`) and the reader (`api`) agree on: terms, item format, stores.

Standard library only, and boto3 in one module (`forecasts.stores.dynamodb.boto`): this package is
on the cold path of every Lambda function.
"""
