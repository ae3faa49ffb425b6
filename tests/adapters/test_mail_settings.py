"""The settings of e-mail: what they mean, and one clear line where they are wrong (contract §7)."""

import pytest

from infra.adapters.mail_settings import SmtpAddress, mailbox, smtp_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("smtp://mail.example", SmtpAddress(False, "mail.example", 25, "", "")),
        ("smtps://mail.example", SmtpAddress(True, "mail.example", 465, "", "")),
        ("smtp://a%40b:c%3Ad%2F@mail.example:587", SmtpAddress(False, "mail.example", 587, "a@b", "c:d/")),
        ("smtp://[::1]:1025/", SmtpAddress(False, "::1", 1025, "", "")),
    ],
)
def test_a_server_is_read_from_its_address(text: str, address: SmtpAddress) -> None:
    assert smtp_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://mail:0",
        "smtp://mail:port",
        "smtp://mail/x",
        "smtp://[::1",
    ],
)
def test_what_is_no_server_is_said_so_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match=r"^is no address; write smtp://") as raised:
        smtp_address(text)
    assert raised.value.__cause__ is None


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("guichet@example.org", "", "guichet@example.org"),
        ("Guichet <guichet@example.org>", "Guichet", "guichet@example.org"),
        ('"Guichet, essais" <guichet@example.org>', "Guichet, essais", "guichet@example.org"),
        ("Société de l’Été <guichet@example.org>", "Société de l’Été", "guichet@example.org"),
    ],
)
def test_a_mailbox_may_have_a_name(text: str, name: str, address: str) -> None:
    read = mailbox(text)
    assert (read.display_name, read.addr_spec) == (name, address)


@pytest.mark.parametrize(
    "text",
    [
        "Guichet",
        "a@example.org, b@example.org",
        "Guichet, essais <guichet@example.org>",
        "Guichet <guichet@>",
        "été@example.org",
        "a@example.org\r\nBcc: b@example.org",
        "<>",
    ],
)
def test_what_is_no_mailbox_is_said_so(text: str) -> None:
    with pytest.raises(ValueError, match=r"^is no mailbox; write "):
        mailbox(text)
