"""Answers that a connection gives by itself, before there is a call that the application could answer.

Nothing is known of the caller's language then, so they are in both.
"""

import json

REFUSALS = {
    "malformed": (
        "400 Bad Request",
        "请求行或请求头有误，网址中的中文须经百分号编码。"
        " The request line or a header is malformed; letters outside ASCII in a URL must be percent-encoded.",
    ),
    "wrong-host": (
        "400 Bad Request",
        "请求须注明 HTTP 版本，且有一个 Host 请求头。 Name the HTTP version and send exactly one Host header.",
    ),
    "head-too-large": (
        "431 Request Header Fields Too Large",
        "网址和请求头过长。 URL and headers are too long.",
    ),
    "around-too-large": (
        "400 Bad Request",
        "分块扩展和尾部字段过长。 Chunk extensions and trailers are too long.",
    ),
    "too-slow": (
        "408 Request Timeout",
        "内容发送过慢，请检查网络后重试。 The body arrived too slowly; check the connection and try again.",
    ),
}


def answer(code: str) -> bytes:
    """A whole answer, a problem document; the connection ends with it."""
    status, detail = REFUSALS[code]
    number, _, title = status.partition(" ")
    problem = {"type": "about:blank", "title": title, "status": int(number), "code": code, "detail": detail}
    body = json.dumps(problem)  # ASCII, so that characters are bytes
    return (
        f"HTTP/1.1 {status}\r\ncontent-type: application/problem+json\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n{body}"
    ).encode()
