"""Settings: read once, checked, and wrong ones named."""

from datetime import time
from pathlib import Path

import pytest

from kindstem.config import KIB, Config, load, origin
from kindstem.errors import SetupFault


def test_nothing_set_is_a_server_on_this_computer() -> None:
    config = load({})
    assert (config.base_url, config.host, config.port) == ("http://localhost:8000", "127.0.0.1", 8000)
    assert (config.demo, config.tryout, config.may_enrol) == (False, False, False)


def test_everything_can_be_set() -> None:
    config = load(
        {
            "KINDSTEM_DATA": "/srv/kindstem",
            "KINDSTEM_BASE_URL": "https://kind.example/",
            "KINDSTEM_ALSO_URLS": "https://kind.intern.example https://10.0.0.2:8443",
            "KINDSTEM_HOST": "0.0.0.0",
            "KINDSTEM_PORT": "8443",
            "KINDSTEM_TRYOUT": "1",
            "KINDSTEM_TLS_CERT": "/etc/cert.pem",
            "KINDSTEM_TLS_KEY": "/etc/key.pem",
            "KINDSTEM_BEHIND_PROXY": "yes",
            "KINDSTEM_SMTP_URL": "smtps://user:word@mail.example:465",
            "KINDSTEM_MAIL_FROM": "kindstem@devaart.example",
            "KINDSTEM_ONCALL_MAIL": "dienst@devaart.example",
            "KINDSTEM_FLAG_MINUTES_DAY": "30",
            "KINDSTEM_FLAG_MINUTES_NIGHT": "120",
            "KINDSTEM_OFFICE_HOURS": "08:30-17:00",
            "KINDSTEM_MAX_ENVELOPE": "1048576",
            "KINDSTEM_IDLE_MINUTES": "10",
            "KINDSTEM_OVERDUE_WORKING_DAYS": "2",
            "KINDSTEM_REQUEST_DUE_WORKING_DAYS": "21",
            "KINDSTEM_EXIT_URL": "https://weer.example",
            "PATH": "/usr/bin",
        }
    )
    assert config.data == Path("/srv/kindstem")
    assert config.origins == {"https://kind.example", "https://kind.intern.example", "https://10.0.0.2:8443"}
    assert config.database == Path("/srv/kindstem/kindstem.db")
    assert (config.flag_minutes_day, config.flag_minutes_night) == (30, 120)
    assert config.oncall_mail == "dienst@devaart.example"
    assert config.office_hours == (time(8, 30), time(17))
    assert (config.trusted_proxy, config.may_enrol, config.max_envelope) == (True, True, 1024 * KIB)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "no"),
        ("PORT", "70000"),
        ("PORT", "8_000"),
        ("BASE_URL", "kind.example"),
        ("BASE_URL", "ftp://kind.example"),
        ("BASE_URL", "https://kind.example/?x"),
        ("BASE_URL", "https://user@kind.example"),
        ("BASE_URL", "https://kind.example:99999"),
        ("TRYOUT", "perhaps"),
        ("ONCALL_MAIL", "the service"),
        ("FLAG_MINUTES_DAY", "2"),
        ("FLAG_MINUTES_NIGHT", "2000"),
        ("OFFICE_HOURS", "17:00-09:00"),
        ("OFFICE_HOURS", "nine to five"),
        ("MAX_ENVELOPE", "10"),
        ("IDLE_MINUTES", "0"),
        ("OVERDUE_WORKING_DAYS", "-1"),
        ("EXIT_URL", "javascript:alert(1)"),
        ("SMTP_URL", "smtp://mail.example"),
        ("TLS_CERT", "/etc/cert.pem"),
        ("MAIL_FROM", "x@y.example"),
    ],
)
def test_what_cannot_be_meant_is_named(name: str, value: str) -> None:
    with pytest.raises(SetupFault, match=f"KINDSTEM_{name}"):
        load({f"KINDSTEM_{name}": value})


def test_a_misspelt_setting_is_no_setting() -> None:
    with pytest.raises(SetupFault, match="KINDSTEM_TRYOUTS"):
        load({"KINDSTEM_TRYOUTS": "1"})


def test_an_smtp_address_needs_a_host() -> None:
    with pytest.raises(SetupFault, match="SMTP_URL"):
        load({"KINDSTEM_SMTP_URL": "mail.example", "KINDSTEM_MAIL_FROM": "x@y.example"})


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://Kind.Example:443/", "https://kind.example"),
        ("http://localhost:80", "http://localhost"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("https://[::1]:8443", "https://[::1]:8443"),
    ],
)
def test_origins_are_written_as_browsers_write_them(url: str, expected: str) -> None:
    assert origin(url) == expected


def test_a_config_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Config(data=Path()).port = 1  # type: ignore[misc]
