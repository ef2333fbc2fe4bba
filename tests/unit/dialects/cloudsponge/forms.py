"""Parameters in the three places where clients put them."""

from urllib.parse import urlencode

from rubrica.dialects.cloudsponge.requests import Parameters, parameters

URLENCODED = "application/x-www-form-urlencoded"
BOUNDARY = "------------------------d74496d66958873e"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"


def asked(**values: str) -> Parameters:
    """Parameters in the body, where they may stand for every tenant."""
    return parameters("", URLENCODED, urlencode(values).encode())


def multipart(*parts: tuple[str, bytes], more: str = "") -> bytes:
    """A multipart body as curl writes it; `more` is added to what each part says of itself."""
    line = f"--{BOUNDARY}".encode()
    extra = more.encode("utf-8", "surrogatepass")
    written = [
        b'%s\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n' % (line, name.encode(), extra, value)
        for name, value in parts
    ]
    return b"".join(written) + line + b"--\r\n"
