"""Settings: the example file, environment over file over default, and what bad values are told."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from bot.config import Settings, SettingsError, load_settings

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
SECRET = "s3cret-Word-ABCDEFGHIJ"


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("FAWEN_CONFIG", "FAWEN__WEB__PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "mine.toml"
    file.write_text(text, "utf-8")
    return file


def faults(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(SettingsError) as told:
        load_settings(written(tmp_path, text))
    assert SECRET not in str(told.value)
    return str(told.value).splitlines()


def keys_of(model: type[BaseModel], *above: str) -> Iterator[tuple[str, ...]]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from keys_of(field.annotation, *above, name)
        else:
            yield (*above, name)


def plain(value: Any) -> Any:
    """A setting as TOML has it."""
    if hasattr(value, "get_secret_value"):
        return value.get_secret_value()
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value


class TestExample:
    def test_example_loads_unchanged_and_equals_the_defaults(self) -> None:
        assert load_settings(EXAMPLE) == Settings()

    @pytest.mark.parametrize("keys", list(keys_of(Settings)), ids=".".join)
    def test_every_key_is_there_with_its_default(self, keys: tuple[str, ...]) -> None:
        example: Any = tomllib.loads(EXAMPLE.read_text("utf-8"))
        default: Any = Settings()
        for key in keys:
            assert key in example, f"config.example.toml lacks {'.'.join(keys)}"
            example, default = example[key], getattr(default, key)
        assert example == plain(default)

    def test_every_key_is_explained_on_its_line_or_above(self) -> None:
        above = ""
        for line in EXAMPLE.read_text("utf-8").splitlines():
            if re.match(r"\w+ *=", line) or line.startswith("[county."):
                assert re.search(r"# .*\w{2}", line) or above.startswith("# "), line
            above = line


class TestSources:
    def test_defaults_where_there_is_no_file(self) -> None:
        settings = load_settings()
        assert (settings.web.port, settings.zone.key) == (8348, "Asia/Shanghai")
        assert settings.database_url == "sqlite:///data/fawen.db"

    def test_file_over_default_and_environment_over_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        file = written(tmp_path, '[web]\nport = 9000\nhost = "0.0.0.0"\n[service]\ncounty = "秀山"\n')
        monkeypatch.setenv("FAWEN__WEB__PORT", "9001")
        monkeypatch.setenv("FAWEN__WECOM__SECRET", SECRET)
        monkeypatch.setenv("FAWEN__WECOM__KF_ACCOUNTS", '["wk1", "wk2"]')
        settings = load_settings(file)
        assert (settings.web.port, settings.web.host, settings.web.enabled) == (9001, "0.0.0.0", True)  # noqa: S104 - a value to read
        assert settings.service.county == "秀山"
        assert settings.wecom.secret.get_secret_value() == SECRET
        assert settings.wecom.kf_accounts == ("wk1", "wk2")

    def test_file_named_in_the_environment(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FAWEN_CONFIG", str(written(tmp_path, "[web]\nport = 1\n")))
        assert load_settings().web.port == 1
        (tmp_path / "config.toml").write_text("[web]\nport = 2\n")
        assert load_settings().web.port == 1
        monkeypatch.delenv("FAWEN_CONFIG")
        assert load_settings().web.port == 2

    def test_byte_order_mark_of_notepad_does_no_harm(self, tmp_path: Path) -> None:
        (tmp_path / "bom.toml").write_bytes(b"\xef\xbb\xbf[web]\r\nport = 7\r\n")
        assert load_settings(tmp_path / "bom.toml").web.port == 7

    def test_settings_cannot_be_changed_later(self) -> None:
        with pytest.raises(ValueError, match="frozen"):
            Settings().web.port = 1  # type: ignore[misc]

    def test_hours_of_single_weekdays_are_read(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        file = written(tmp_path, '[desk.week]\nsat = ["09:00-12:00"]\nwed = []\n')
        hours = load_settings(file).office_hours()
        assert hours.shown() == "工作日 9:00–12:00、14:00–18:00；周三休息；周六 9:00–12:00"
        monkeypatch.setenv("FAWEN__DESK__WEEK", '{"fri": ["08:00-11:30"]}')
        assert "周五 8:00–11:30" in load_settings(file).office_hours().shown()

    def test_county_words_are_read(self, tmp_path: Path) -> None:
        text = '[county.places]\nlegal-aid-centre = { address = "桃花源", phone = "023-7555 1234" }\n'
        text += '[county.stations]\n"龙潭镇" = { phone = "023-1" }\n[county.values]\nminimum-wage = "2100"\n'
        county = load_settings(written(tmp_path, text)).county_facts()
        assert county.places["legal-aid-centre"].address == "桃花源"
        assert county.stations["龙潭镇"].phone == "023-1"
        assert county.values["minimum-wage"] == "2100"


class TestFaults:
    @pytest.mark.parametrize(
        ("text", "name", "value", "wish"),
        [
            ('[web]\nport = "many"', "[web] port", "'many'", "integer"),
            ("[web]\nport = 70000", "[web] port", "70000", "65535"),
            ("[web]\nenabled = 3", "[web] enabled", "3", "boolean"),
            ("[web]\nmessages_per_minute = 0", "[web] messages_per_minute", "0", "1"),
            ('[service]\ntimezone = "Mars/Base"', "[service] timezone", "'Mars/Base'", "Asia/Shanghai"),
            ('[service]\norg_code = "酉阳"', "[service] org_code", "'酉阳'", "A-Za-z0-9"),
            ("[service]\nname = 5", "[service] name", "5", "string"),
            ('[telegram]\nmode = "push"', "[telegram] mode", "'push'", "'polling' or 'webhook'"),
            ("[wecom]\nkf_poll_seconds = 1", "[wecom] kf_poll_seconds", "1", "10"),
            ("[wecom]\nkf_accounts = 5", "[wecom] kf_accounts", "5", "tuple"),
            ("[wecom]\nkf_accounts = [5]", "[wecom] kf_accounts.0", "5", "string"),
            ("[knowledge]\nanswer_sure = 1.5", "[knowledge] answer_sure", "1.5", "1"),
            ('[desk]\nhours = ["9-12"]', "[desk] hours", "9-12", "09:00-12:00"),
            ('[desk]\nhours = ["12:00-09:00"]', "[desk] hours", "12:00-09:00", "ends before it begins"),
            ('[desk]\nhours = ["09:00-12:00", "11:00-17:00"]', "[desk] hours", "11:00-17:00", "not overlap"),
            ("[desk]\nhours = []", "[desk] hours", "[]", "at least one span"),
            ('[desk.week]\nsat = ["9-12"]', "[desk] week", "sat", "write it like 09:00-12:00"),
            ("[desk.week]\nsunday = []", "[desk] week.sunday", "", "'sat' or 'sun'"),
            ("[desk.week]\nmon = []\ntue = []\nwed = []\nthu = []\nfri = []", "[desk] week", "", "somebody works"),
            ("[desk]\nwaiting_minutes = [10, 10]", "[desk] waiting_minutes", "10", "larger than the one before"),
            ("[desk]\nwaiting_minutes = [0]", "[desk] waiting_minutes", "0", "larger than the one before"),
            ("[desk]\nwaiting_minutes = [1, 2, 3, 4]", "[desk] waiting_minutes", "4", "at most 3"),
            ("[desk]\ntake_back_minutes = 1", "[desk] take_back_minutes", "1", "5"),
            ('[desk]\ndays_off = ["someday"]', "[desk] days_off.0", "'someday'", "date"),
            ("[privacy]\nmessage_days = 0", "[privacy] message_days", "0", "1"),
            ('[county.stations]\n"龙潭镇" = { phone = "call me" }', "[county] stations.龙潭镇.phone", "'call me'", "9"),
        ],
    )  # fmt: skip
    def test_line_names_section_key_value_and_wish(
        self, tmp_path: Path, text: str, name: str, value: str, wish: str
    ) -> None:
        (line,) = faults(tmp_path, text)
        assert line.startswith(f"{tmp_path / 'mine.toml'}: {name}")
        assert value in line
        assert wish in line

    @pytest.mark.parametrize("text", ["[web]\nprot = 1", "[wbe]\nport = 1", "port = 1"])
    def test_unknown_key_or_section_is_told(self, tmp_path: Path, text: str) -> None:
        (line,) = faults(tmp_path, text)
        assert "is no setting of Fawen: see config.example.toml" in line

    def test_every_problem_is_told_at_once(self, tmp_path: Path) -> None:
        assert len(faults(tmp_path, '[web]\nport = -1\nhots = "x"\n[privacy]\nmessage_days = "long"')) == 3

    def test_file_that_is_missing_or_no_toml_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(SettingsError, match=r"nowhere\.toml: there is no such settings file"):
            load_settings(tmp_path / "nowhere.toml")
        assert "mine.toml: is not TOML" in faults(tmp_path, "[web\nport")[0]
        (tmp_path / "gbk.toml").write_bytes("[service]\nname = '法问'".encode("gbk"))
        with pytest.raises(SettingsError, match=r"gbk\.toml: is not TOML"):
            load_settings(tmp_path / "gbk.toml")

    @pytest.mark.parametrize(
        ("name", "value"), [("FAWEN__WECOM__KF_ACCOUNTS", "wk1,wk2"), ("FAWEN__WEB__PORT", "many"), ("FAWEN__WEB", "8")]
    )
    def test_bad_environment_is_told(self, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
        monkeypatch.setenv(name, value)
        with pytest.raises(SettingsError, match=r"(?i)w(ecom|eb)"):
            load_settings()


class TestSecrets:
    @pytest.mark.parametrize(
        "text",
        [
            f'[wecom]\nsecret = ["{SECRET}"]',
            f'[wecom]\naes_key = ["{SECRET}"]',
            f'[telegram]\ntoken = ["{SECRET}"]',
            f'[privacy]\nkey = ["{SECRET}"]',
            f'[wecom]\nsecert = "{SECRET}"',
            f'wecom = "{SECRET}"',
            f'[[telegram]]\ntoken = "{SECRET}"',
            f'[telegram]\nenabled = true\ntoken = "{SECRET}"',
            f'[database]\nurl = "mysql://fawen:{SECRET}@host/db"',
            f'[database]\nurl = ["postgresql://fawen:{SECRET}@host/db"]',
            f'secret = "{SECRET}"',
        ],
    )
    def test_secret_is_in_no_error(self, tmp_path: Path, text: str) -> None:
        assert faults(tmp_path, text)

    def test_secret_is_in_no_representation(self, tmp_path: Path) -> None:
        text = f'[wecom]\nsecret = "{SECRET}"\ntoken = "{SECRET}"\naes_key = "{SECRET}"\n[privacy]\nkey = "{SECRET}"\n'
        text += f'[telegram]\ntoken = "{SECRET}"\nwebhook_secret = "{SECRET}"\n'
        text += f'[database]\nurl = "postgresql+psycopg://fawen:{SECRET}@host/db"\n'
        settings = load_settings(written(tmp_path, text))
        assert SECRET not in repr(settings) + str(settings)
        assert SECRET in settings.database_url


@pytest.mark.parametrize("chat", ["1001234567890", "-12", "@staff", "-100x", " -1001234567890"])
def test_a_staff_chat_is_the_number_of_a_group(tmp_path: Path, chat: str) -> None:
    with pytest.raises(SettingsError, match=r"staff_chat.*wants the number of a group"):
        load_settings(written(tmp_path, f'[telegram]\nstaff_chat = "{chat}"\n'))


def test_no_staff_chat_and_one(tmp_path: Path) -> None:
    assert load_settings(written(tmp_path, "")).telegram.staff_chat == ""
    text = '[telegram]\nstaff_chat = "-1001234567890"\n'
    assert load_settings(written(tmp_path, text)).telegram.staff_chat == "-1001234567890"
