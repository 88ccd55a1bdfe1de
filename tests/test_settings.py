"""Settings: every wrong value stops the program with a sentence that says what to do, and gives no secret away."""

import re
from collections.abc import Iterator

import pytest

from app.settings import GROUPS, SECRET_SETTINGS, Settings, SettingsError, get_settings
from support.service import run


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    import os

    for name in list(os.environ):
        if name.startswith("HOTLINE_") or name == "PORT":
            monkeypatch.delenv(name)
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> str:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        get_settings()
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("HOTLINE_DATABASE_URL", "mysql://root:geheim@db/x", "must begin with postgresql://"),
        ("HOTLINE_DATABASE_URL", "postgresql://me:geheim@db:http/x", "a port that is no number up to 65535"),
        ("HOTLINE_DATABASE_URL", "postgresql://me:geh:eim@db,db2:x/x", "a port that is no number up to 65535"),
        ("HOTLINE_DATABASE_POOL_SIZE", "0", "must be a whole number from 1 to 200"),
        ("HOTLINE_DATABASE_POOL_SIZE", "many", "must be a whole number from 1 to 200 (it is 'many')"),
        ("HOTLINE_DATABASE_STATEMENT_TIMEOUT", "0", "a number from 0.1 to 86400"),
        ("HOTLINE_DATABASE_STATEMENT_TIMEOUT", "0.0001", "a number from 0.1 to 86400"),
        ("HOTLINE_DATABASE_STATEMENT_TIMEOUT", "1e300", "a number from 0.1 to 86400"),
        ("HOTLINE_PORT", "http", "must be a whole number from 0 to 65535 (it is 'http')"),
        ("HOTLINE_PORT", "70000", "from 0 to 65535"),
        ("HOTLINE_PORT", "", "must be a whole number"),
        ("HOTLINE_DATA_DIR", "", "must name a folder"),
        ("HOTLINE_DATA_DIR", "/dev/null", "must be a folder, and is a file"),
        ("HOTLINE_DATA_DIR", "/dev/null/hotline", "must be a folder, and is a file or in one"),
        ("HOTLINE_HOST", " ", "must be an address or a host name"),
        ("HOTLINE_HOST", "", "must be an address or a host name"),
        ("HOTLINE_HOST", "127.0.0.1 ", "must be an address or a host name"),
        ("HOTLINE_CITY_NAME", "  ", "must be a name of at most 50 characters"),
        ("HOTLINE_CITY_NAME", "云岭市\n12345", "must be a name of at most 50 characters on one line"),
        ("HOTLINE_SECRET_KEYS", "k1:geheim", "base64"),
        ("HOTLINE_DATABASE_URL", "postgresql://me:geheim@db:70000/x", "no number up to 65535"),
        ("HOTLINE_REPLICA_URL", "postgresql://me:geheim@[::1/x", "is no URL"),
        ("HOTLINE_STORAGE_URL", "s3://[x", "is no URL"),
        (
            "HOTLINE_MAX_BODY_BYTES",
            "10",
            "a whole number of bytes from 1024 to 1073741824, e.g. 1048576 (it is '10')",
        ),
        (
            "HOTLINE_ATTACHMENT_MAX_BYTES",
            "20MB",
            "a whole number of bytes from 1024 to 1073741824, e.g. 20971520 (it is '20MB')",
        ),
        ("HOTLINE_TRUSTED_PROXIES", "nginx", "addresses or networks"),
        ("HOTLINE_DOCS", "perhaps", "must be true or false (it is 'perhaps')"),
        ("HOTLINE_TOKEN_MINUTES", "0", "from 1 "),
        ("HOTLINE_DEMO_PASSWORD", "", "must not be empty"),
        ("HOTLINE_LOGIN_ATTEMPTS", "0", "from 1 "),
        ("HOTLINE_GUESS_ATTEMPTS", "-3", "from 1 "),
        ("HOTLINE_TIMEZONE", "Asia/Atlantis", "write e.g. Asia/Shanghai"),
        ("HOTLINE_TIMEZONE", "../etc/passwd", "write e.g. Asia/Shanghai"),
        ("HOTLINE_WORKING_HOURS", "nine to five", "write e.g. 09:00-12:00"),
        ("HOTLINE_WORKING_HOURS", "13:00-12:00", "write e.g. 09:00-12:00"),
        ("HOTLINE_AUTO_DISPATCH_CONFIDENCE", "1.1", "a number from 0 to 1"),
        ("HOTLINE_WEBHOOK_ALLOW", "http://inside", "hosts, addresses or networks"),
        ("HOTLINE_SMTP_URL", "mail.example:25", "must be smtp[s]://host:port"),
        ("HOTLINE_SMTP_URL", "smtp://me:geheim@mail:port", "must be smtp[s]://host:port"),
        ("HOTLINE_SMTP_FROM", "nobody", "an e-mail address"),
        ("HOTLINE_SMS_URL", "ftp://gateway", "must be http[s]://host:port"),
        ("HOTLINE_QUIET_HOURS", "at night", "write e.g. 21:30-08:00"),
        ("HOTLINE_MESSAGE_GAP", "-1", "a number from 0 to 1440"),
        ("HOTLINE_SWEEP_SECONDS", "0", "a number from 0.1 to 3600"),
        ("HOTLINE_SWEEP_SECONDS", "inf", "a number from 0.1 to 3600 (it is 'inf')"),
        ("HOTLINE_CLUSTER_SECONDS", "inf", "a number from 0.1 to 86400"),
        ("HOTLINE_CLUSTER_SECONDS", "nan", "a number from 0.1 to 86400"),
        ("HOTLINE_MESSAGE_GAP", "nan", "a number from 0 to 1440"),
        ("HOTLINE_WEBHOOK_ALLOW", "10.0.0.0/8,http://x", "hosts, addresses or networks"),
        ("HOTLINE_WEBHOOK_TIMEOUT", "0", "a number from 0.1 to 60"),
        ("HOTLINE_LOG_LEVEL", "loud", "one of debug, info, warning, error"),
        ("HOTLINE_LOG_FORMAT", "xml", "one of auto, json, console"),
    ],
)
def test_a_wrong_value_is_named_with_what_would_be_right(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, hint: str
) -> None:
    told = refused(monkeypatch, name, value)
    assert told.startswith(f"{name}: ")
    assert hint in told
    assert "geheim" not in told


def test_all_faults_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_PORT", "x")
    monkeypatch.setenv("HOTLINE_NAME", "x")
    assert len(refused(monkeypatch, "HOTLINE_TIMEZONE", "y").splitlines()) == 3


@pytest.mark.parametrize(
    ("name", "hint"),
    [("HOTLINE_PROT", "Did you mean HOTLINE_PORT?"), ("HOTLINE_XYZZY", "See the settings table in the README.")],
)
def test_an_unknown_name_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, hint: str) -> None:
    assert hint in refused(monkeypatch, name, "1")


@pytest.mark.parametrize(
    "url",
    [
        "postgres://db",
        "postgresql://u:p@a:5432,b:5433/x",
        "postgresql://u@[::1]:5432/x",
        "postgresql://u:p@/x?host=/run",
    ],
)
def test_addresses_of_databases_that_are_right(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("HOTLINE_DATABASE_URL", url)
    assert get_settings().database_url == url


def test_port_is_read_and_gives_way_to_the_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_PORT", "")
    monkeypatch.delenv("HOTLINE_PORT")
    monkeypatch.setenv("PORT", "9001")
    assert get_settings().port == 9001
    get_settings.cache_clear()
    monkeypatch.setenv("HOTLINE_PORT", "9002")
    assert get_settings().port == 9002
    get_settings.cache_clear()
    monkeypatch.delenv("HOTLINE_PORT")
    assert refused(monkeypatch, "PORT", "door").startswith("PORT: must be a whole number")


def test_every_setting_is_in_one_group_and_described() -> None:
    names = [name for group in GROUPS for name in group.model_fields]
    assert sorted(names) == sorted(Settings.model_fields)
    assert all(field.description for field in Settings.model_fields.values())
    assert set(SECRET_SETTINGS) <= set(names)


def test_every_number_has_two_bounds_and_is_finite(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = [name for name, field in Settings.model_fields.items() if field.annotation in (int, float)]
    assert len(numbers) > 20
    for name in numbers:
        for value in ("nan", "inf", "-inf", "1e300", "-1e300"):
            with monkeypatch.context() as only:
                told = refused(only, f"HOTLINE_{name.upper()}", value)
            assert re.search(
                r"must be a (whole )?number( of bytes)? from [\d.]+ to \d+(, e\.g\. \d+)? \(it is", told
            ), (name, value, told)


@pytest.mark.parametrize("host", ["10.1.2.3", "::", "::1", "fe80::1%eth0", "localhost", "hotline-1.city.example"])
def test_addresses_to_listen_on_that_are_right(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("HOTLINE_HOST", host)
    assert get_settings().host == host


def test_the_program_ends_with_2_and_the_sentence() -> None:
    done = run("serve", port="none")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "Settings: HOTLINE_PORT: must be a whole number from 0 to 65535 (it is 'none').\n"
