from pathlib import Path

import pytest

from cothink.core.errors import SettingError
from cothink.engines.chat_config import ChatCompletionsConfig
from cothink.engines.llamacpp_config import LlamaConfig
from cothink.engines.responses_config import ResponsesConfig
from cothink.settings import Settings, load
from cothink.settings.show import shown

TWO = {"COTHINK_R1_URL": "http://vllm:8000/v1", "COTHINK_PRO_KEY": "sk-secret-0123"}


def loaded(tmp_path: Path, text: str = "", **environment: str) -> Settings:
    path = tmp_path / "cothink.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, environment)


def test_two_variables_bind_both_roles(tmp_path: Path) -> None:
    settings = loaded(tmp_path, **TWO)
    assert settings.r1 is not None
    assert settings.pro is not None
    assert isinstance(settings.r1.config, ChatCompletionsConfig)
    assert isinstance(settings.pro.config, ResponsesConfig)
    assert (settings.r1.config.url, settings.r1.zone) == ("http://vllm:8000/v1", "site")
    assert (settings.pro.config.key, settings.pro.config.model, settings.pro.zone) == (
        "sk-secret-0123",
        "gpt-6.1-sol",
        "hosted",
    )


def test_nothing_set_binds_nothing(tmp_path: Path) -> None:
    assert loaded(tmp_path).bound() == {}


def test_the_environment_wins_over_the_file_and_the_command_line_over_both(tmp_path: Path) -> None:
    path = tmp_path / "cothink.toml"
    path.write_text("[gateway]\nport = 1111\nmax_n = 3\n", encoding="utf-8")
    environment = {"COTHINK_GATEWAY_PORT": "2222"}
    assert load(path, environment).gateway.port == 2222
    settings = load(path, environment, {"gateway": {"port": 3333}})
    assert (settings.gateway.port, settings.gateway.max_n) == (3333, 3)
    assert settings.sources["gateway.port"] == "command line"
    assert settings.sources["gateway.max_n"] == f"file {path}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[gatway]\nport = 1\n", "gatway is not known. Did you mean gateway?"),
        ("[gateway]\nprot = 1\n", "gateway.prot is not known. Did you mean port?"),
        ("[gateway]\nport = 'x'\n", r"gateway.port is 'x' \(file .*\): Expected `int`"),
        ("[gateway]\nport = 99999\n", "99999.*0 to 65"),
        ("[r1]\nurl = 'http://a'\nmodle = 'x'\n", "r1.modle is not known. Did you mean model?"),
        ("[r1]\nurl = 'ftp://a'\n", "ftp://a"),
        ("[r1]\nurl = 'http://a'\nzone = 'moon'\n", "r1.zone is 'moon'; allowed are site and hosted"),
        ("[r1]\nengine = 'vllm'\n", "r1.engine is 'vllm'; allowed are chat_completions, responses, llamacpp"),
        ("[models.mine]\nmodel = 'unheard-of'\n", "Nothing says how to reach models.mine"),
        ("[r1]\nurl = 'http://a'\nurls = ['http://b']\n", "no `url` beside them"),
        ("[r1]\nurls = []\n", "one or more different addresses"),
        ("[r1]\nurls = ['http://a', 'http://a']\n", "one or more different addresses"),
        ("[r1]\nurl = 'http://a'\ncatalogue = 'deepseek-r2'\n", "which the catalogue does not know. Did you mean"),
        ("[pro]\nkey = 'env:NOT_THERE'\n", "pro.key wants the environment variable NOT_THERE"),
        ("[pro]\nkey = 'file:/not/there'\n", "pro.key wants the file /not/there"),
        ("[traffic.pool]\npolicy = 'luck'\n", "least_busy, weighted, affinity|luck"),
        ("this is no toml", "is no TOML"),
        ("[catalogue.o9]\nengine = 'responses'\n", "o9"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_path_and_what_is_allowed(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(SettingError, match=words):
        loaded(tmp_path, text)


@pytest.mark.parametrize("variable", ["COTHINK_R1URL", "COTHINK_GATWAY_PORT", "COTHINK_X"])
def test_a_variable_that_no_setting_is_behind_is_refused(tmp_path: Path, variable: str) -> None:
    with pytest.raises(SettingError, match=variable):
        loaded(tmp_path, **{variable: "1"})


def test_a_file_that_is_named_and_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"nowhere\.toml cannot be read"):
        load(tmp_path / "nowhere.toml", {})


def test_secrets_come_from_variables_and_files_and_are_never_shown(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("sk-from-a-file\n", encoding="utf-8")
    text = f"[pro]\nkey = 'file:{secret}'\n[gateway.keys]\nalice = 'env:ALICE'\n"
    settings = loaded(tmp_path, text, ALICE="sk-alice-0123")
    assert settings.pro is not None
    assert settings.pro.config == ResponsesConfig(model="gpt-6.1-sol", key="sk-from-a-file")
    assert settings.gateway.keys == {"alice": "sk-alice-0123"}
    lines = "\n".join(f"{one.path} {one.value} {one.source}" for one in shown(settings))
    assert "sk-" not in lines
    assert "sk-" not in repr(settings)
    assert "pro.key (set, not shown) file" in lines


def test_keys_of_a_variable_are_separated_by_commas(tmp_path: Path) -> None:
    settings = loaded(tmp_path, COTHINK_GATEWAY_KEYS="sk-one-0123,sk-two-0123")
    assert settings.gateway.keys == {"key1": "sk-one-0123", "key2": "sk-two-0123"}


def test_several_addresses_are_replicas_of_one_model(tmp_path: Path) -> None:
    settings = loaded(tmp_path, "[r1]\nurls = ['http://a/v1', 'http://b/v1']\nmodel = 'm'\n")
    assert settings.r1 is not None
    assert [config.url for config in settings.r1.replicas if isinstance(config, ChatCompletionsConfig)] == [
        "http://a/v1",
        "http://b/v1",
    ]


def test_a_path_binds_an_embedded_model(tmp_path: Path) -> None:
    settings = loaded(tmp_path, "[r1]\npath = '/models/r1.gguf'\nslots = 2\n[sandbox]\ncgroup = '/sys/fs/cgroup/x'\n")
    assert settings.r1 is not None
    assert settings.r1.config == LlamaConfig(path="/models/r1.gguf", model="deepseek-ai/DeepSeek-R1-0528", slots=2)
    assert settings.sandbox.cgroup == Path("/sys/fs/cgroup/x")


def test_an_unknown_model_in_the_role_of_the_pro_stands_outside_the_site(tmp_path: Path) -> None:
    settings = loaded(tmp_path, "[pro]\nurl = 'http://proxy/v1'\nmodel = 'house-expert'\n")
    assert settings.pro is not None
    assert settings.pro.zone == "hosted"


def test_a_users_own_row_gives_price_and_capabilities(tmp_path: Path) -> None:
    text = """
    [models.mine]
    url = "http://a/v1"
    model = "mine-32b"
    [catalogue.mine-32b]
    engine = "chat_completions"
    zone = "site"
    context_tokens = 4096
    price = { input_usd = 1.0, output_usd = 2.0 }
    """
    row = loaded(tmp_path, text).models["mine"].row
    assert row is not None
    assert (row.context_tokens, row.price and row.price.output_usd) == (4096, 2.0)


def test_the_cache_is_where_the_user_says(tmp_path: Path) -> None:
    assert loaded(tmp_path, COTHINK_CACHE="/big/disk").cache == Path("/big/disk")
    assert loaded(tmp_path, XDG_CACHE_HOME="/xdg").cache == Path("/xdg/cothink/models")
