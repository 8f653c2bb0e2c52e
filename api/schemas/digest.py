"""Digests of what is asked for, in ETags, cursors and names."""

from hashlib import blake2b


def digest(text: str) -> str:
    """Shorten *text* to 16 characters that are safe in a header and an address."""
    return blake2b(text.encode(errors="surrogatepass"), digest_size=8).hexdigest()
