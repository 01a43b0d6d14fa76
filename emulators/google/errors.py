"""How Google says no: on a page of its own, as OAuth has it, and as its APIs have it."""

from typing import Any


class PageError(Exception):
    """The person sees a page of Google's, and nobody is sent anywhere.

    The codes are those of developers.google.com/identity/protocols/oauth2/web-server, "Authorization errors", and of
    developers.google.com/identity/protocols/oauth2/policies.
    """

    def __init__(self, status: int, code: str, said: str) -> None:
        """`code` is Google's; `said` is for the person."""
        super().__init__(code)
        self.status, self.code, self.said = status, code, said


class SentBackError(Exception):
    """The app is told by the redirect (RFC 6749, 4.1.2.1)."""

    def __init__(self, code: str) -> None:
        """`code` is the parameter error."""
        super().__init__(code)
        self.code = code


class OAuthError(Exception):
    """An error of the token endpoint or of one that follows it (RFC 6749, 5.2)."""

    def __init__(self, code: str, description: str, *, status: int = 400, **more: str) -> None:
        """`more` are fields such as error_subtype."""
        super().__init__(code)
        self.status = status
        self.body: dict[str, Any] = {"error": code, "error_description": description, **more}


class ApiError(Exception):
    """An error of one of the APIs (developers.google.com/workspace/gmail/api/guides/handle-errors).

    `message` is the answer's, `said` that of its only entry in `errors`, where it is another one.
    """

    def __init__(self, code: int, status: str, reason: str, message: str, *, said: str = "",
                 more: dict[str, Any] | None = None, where: dict[str, str] | None = None,
                 domain: str = "global") -> None:
        """`status` is one of google.rpc.Code, `more` what stands beside it, `where` the place in the request."""
        super().__init__(f"{code} {reason}: {message}")
        entry = {"message": said or message, "domain": domain, "reason": reason, **(where or {})}
        self.code, self.reason = code, reason
        self.body = {"error": {"code": code, "message": message, "errors": [entry], "status": status, **(more or {})}}
