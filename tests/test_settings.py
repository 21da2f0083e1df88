"""Precedence of settings, and the sentences for invalid ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from s3tui.config.reader import ConfigError
from s3tui.config.writer import remember_setting
from s3tui.s3.address.endpoint import Addressing
from s3tui.s3.address.uri import S3Uri
from s3tui.settings import DEFAULT_THEME, Flags, PaneWidth, Settings, load_settings


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def test_nothing_said_gives_the_defaults(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    settings = load_settings(Flags(), {}, config)
    assert settings == Settings()
    assert settings.theme == DEFAULT_THEME
    assert settings.download_dir == tmp_path


def test_the_download_folder_is_used_where_there_is_one(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DOWNLOAD_DIR", str(tmp_path / "got"))
    (tmp_path / "got").mkdir()
    assert load_settings(Flags(), {}, config).download_dir == tmp_path / "got"


def test_flag_beats_environment_beats_file(config: Path) -> None:
    config.write_text('theme = "file"\n')
    flags = Flags(theme="flag")
    environ = {"S3TUI_THEME": "environment"}
    assert load_settings(flags, environ, config).theme == "flag"
    assert load_settings(Flags(), environ, config).theme == "environment"
    assert load_settings(Flags(), {}, config).theme == "file"


def test_the_file_sets_what_it_can_set(config: Path, tmp_path: Path) -> None:
    config.write_text(
        f'connection = "work"\nread_only = true\ndownload_dir = "{tmp_path}"\n[keys]\n"app.quit" = "ctrl+q"\n'
    )
    settings = load_settings(Flags(), {}, config)
    assert settings.connection == "work"
    assert settings.read_only
    assert settings.download_dir == tmp_path
    assert settings.keys == {"app.quit": "ctrl+q"}


def test_the_file_limits_transfers(config: Path) -> None:
    config.write_text('bell = true\n[transfer]\nrate = "20 MB/s"\nobjects = 4\n')
    settings = load_settings(Flags(), {}, config)
    assert (settings.rate_bps, settings.objects, settings.parts) == (20_000_000, 4, None)
    assert settings.bell


@pytest.mark.parametrize(
    ("environ", "said", "patience_s"),
    [
        ({}, "", 900.0),
        ({}, 'patience = "90 s"', 90.0),
        ({}, 'patience = "1.5h"', 5400.0),
        ({}, 'patience = "off"', 0.0),
        ({}, 'patience = "0"', 0.0),
        ({}, 'patience = "unlimited"', float("inf")),
        ({"S3TUI_PATIENCE": "2 d"}, 'patience = "off"', 172_800.0),
        ({"S3TUI_PATIENCE": "off"}, "", 0.0),
    ],
)
def test_patience_is_a_span_of_time(
    config: Path, environ: dict[str, str], said: str, patience_s: float
) -> None:
    config.write_text(f"[transfer]\n{said}\n")
    assert load_settings(Flags(), environ, config).patience_s == patience_s


def test_a_patience_that_is_none_says_where_it_stands(config: Path) -> None:
    with pytest.raises(ConfigError, match=r"S3TUI_PATIENCE is 'long'\. A time is off"):
        load_settings(Flags(), {"S3TUI_PATIENCE": "long"}, config)


def test_aws_variables_are_read_in_the_order_of_the_aws_tools(config: Path) -> None:
    environ = {
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-2",
    }
    assert load_settings(Flags(), environ, config).region == "eu-west-1"


def test_only_the_command_line_puts_a_profile_or_an_endpoint_before_the_environment(config: Path) -> None:
    environ = {"AWS_PROFILE": "work", "AWS_ENDPOINT_URL": "http://any:1"}
    settings = load_settings(Flags(), environ, config)
    assert (settings.profile, settings.endpoint_url) == (None, None)  # `connect.discover` reads those
    settings = load_settings(Flags(profile="home", endpoint_url="http://flag:1"), environ, config)
    assert (settings.profile, settings.endpoint_url) == ("home", "http://flag:1")


def test_flags_become_values(config: Path) -> None:
    settings = load_settings(Flags(uri="s3://b/p/", path_style="always"), {}, config)
    assert settings.uri == S3Uri("b", "p/")
    assert settings.addressing is Addressing.PATH


@pytest.mark.parametrize(
    ("text", "expected"), [("1", True), ("Yes", True), ("0", False), ("", False), ("off", False)]
)
def test_read_only_from_the_environment_wins_over_the_file(config: Path, text: str, expected: bool) -> None:
    config.write_text(f"read_only = {'false' if expected else 'true'}\n")
    assert load_settings(Flags(), {"S3TUI_READ_ONLY": text}, config).read_only is expected


def test_what_is_wrong_in_the_file_does_not_count_and_the_rest_does(config: Path) -> None:
    config.write_text('thme = 1\nbell = "yes"\ndiff = false\n[transfer]\nparts = 0\nobjects = 4\n')
    settings = load_settings(Flags(), {}, config)
    assert (settings.bell, settings.diff, settings.parts, settings.objects) == (False, False, None, 4)


@pytest.mark.parametrize("text", [b'read_only = "yes"\n', b"theme = \n", b"\xff\xfe"])
def test_where_nobody_knows_whether_it_may_change_anything_it_may_not(config: Path, text: bytes) -> None:
    config.write_bytes(text)
    assert load_settings(Flags(), {}, config).read_only
    assert not load_settings(Flags(), {"S3TUI_READ_ONLY": "no"}, config).read_only


def test_a_wrong_variable_is_named() -> None:
    with pytest.raises(ConfigError, match="S3TUI_READ_ONLY must be true or false, not 'perhaps'"):
        load_settings(Flags(), {"S3TUI_READ_ONLY": "perhaps"}, Path("/nonexistent/config.toml"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, 'theme = "nord"\n'),
        ("", 'theme = "nord"\n'),
        ('# mine\n\ntheme = "old"  # dark\nbell = true\n', '# mine\n\ntheme = "nord"  # dark\nbell = true\n'),
        ("# at work\n[transfer]\nobjects = 3\n", 'theme = "nord"\n\n# at work\n[transfer]\nobjects = 3\n'),
    ],
)
def test_a_theme_is_remembered_and_the_rest_of_the_file_stays(
    config: Path, before: str | None, after: str
) -> None:
    if before is not None:
        config.write_text(before)
    remember_setting(config, "theme", "nord")
    assert config.read_text() == after
    assert load_settings(Flags(), {}, config).theme == "nord"


def test_a_file_that_cannot_be_understood_is_left_as_it_is(config: Path) -> None:
    config.write_text("theme = \n")
    with pytest.raises(ConfigError, match=r"config\.toml"):
        remember_setting(config, "theme", "nord")
    assert config.read_text() == "theme = \n"


def test_a_file_from_windows_is_read_and_written_on(config: Path) -> None:
    config.write_bytes(b'\xef\xbb\xbftheme = "nord"\r\nbell = true\r\n')
    assert load_settings(Flags(), {}, config).theme == "nord"
    remember_setting(config, "theme", "s3tui-light")
    settings = load_settings(Flags(), {}, config)
    assert (settings.theme, settings.bell) == ("s3tui-light", True)


@pytest.mark.parametrize("width", list(PaneWidth))
def test_the_width_of_the_pane_is_kept(config: Path, width: PaneWidth) -> None:
    remember_setting(config, "theme", "nord")
    remember_setting(config, "pane", width.value)
    settings = load_settings(Flags(), {}, config)
    assert (settings.theme, settings.pane) == ("nord", width)
