"""Our own HTTP/1.1 client for model traffic: asyncio protocols and httptools, nothing between.

It is on the hot path of every answer, so it does what a gateway needs and no more: no redirects, cookies, proxies,
compression or HEAD. Source: RFC 9110 and RFC 9112.
"""

from cothink.engines.http.client import HttpClient, trust
from cothink.engines.http.limits import HttpLimits
from cothink.engines.http.response import Headers, HttpResponse

__all__ = ["Headers", "HttpClient", "HttpLimits", "HttpResponse", "trust"]
