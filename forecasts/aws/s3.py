"""Where an object of S3 is, for requests that are signed here."""

from urllib.parse import quote


def object_place(bucket: str, key: str, region: str, endpoint: str | None) -> tuple[str, str]:
    """Return the endpoint and the URL-encoded path of an object.

    Args:
        bucket: Its name has no dots, or TLS would not accept the host.
        key: The object.
        region: That of the bucket.
        endpoint: Replaces AWS's own; None for that.
    """
    path = "/" + quote(key, safe="/-_.~")
    if endpoint:
        return endpoint, f"/{bucket}{path}"
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"https://{bucket}.s3.{region}.{suffix}", path
