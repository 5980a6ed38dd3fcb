"""Where secrets come from: this machine, or the stack file as Pulumi encrypts it."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infra.errors import UserError
from infra.paths import environment_dir
from infra.settings import RootSecret, SecretValues, Stack, load, passphrase, placeholder_root_secret, root_secret

# Written by Pulumi 3.272.0 itself: `pulumi config set --secret …` with this passphrase.
PASSPHRASE = "correct horse battery staple"
ENCRYPTED = """\
encryptionsalt: v1:QhWW8D20Eyc=:v1:GueRg+GXoFgjTn82:WEn9YO94MoRE/4WREy4GNuOdQyedrw==
config:
  groundwork:root_secret:
    secure: v1:kgHhDPM3AfhFyGQt:wHHkZMEhQ4HHsyxVZ1rbT0AiVd6Bw/M0gmgx89MYOa/m5NZ39mtrfrVp5rhqHkFP
  groundwork:object_storage_access_key:
    secure: v1:ARTNJhtishaTscZS:4vYfmx4wsIHZsI8OxBJiJixSISQrg3zNmt8f
  groundwork:object_storage_secret_key:
    secure: v1:K/wSvYENy9By6fO2:rgAWb4eClBZ0TlMRACks8bALgBZD28vs8Uag3eVy4GMU17ak8w==
  groundwork:tracking_oidc_client_secret:
    secure: v1:9DcM0V7fy4wZNE9p:/tY8bI1C4srj6WTcIKHHCHs=
  groundwork:environment:
    root_secret: {kind: config}
    object_storage:
      kind: external
      endpoint: https://s3.example.com
      tracking_bucket: artifacts
      registry_bucket: images
      backup_bucket: dumps
"""


@pytest.fixture(autouse=True)
def _own_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDWORK_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE", raising=False)
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE_FILE", raising=False)


def _stack(folder: Path, text: str = ENCRYPTED) -> Stack:
    (folder / "Pulumi.prod.yaml").write_text(text, encoding="utf-8")
    return load("prod", stacks_dir=folder)


def test_what_pulumi_encrypted_is_read_without_pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", PASSPHRASE)
    held = root_secret(_stack(tmp_path))
    assert held.value == b"0123456789abcdef0123456789abcdef"
    assert held.given["object_storage_access_key"] == "ml-platform"
    assert held.given["object_storage_secret_key"] == "käse:mit:doppelpunkt"


def test_the_passphrase_may_be_in_a_file_and_only_what_settings_require_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "passphrase").write_text(f"{PASSPHRASE}\n")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", str(tmp_path / "passphrase"))
    held = root_secret(_stack(tmp_path))
    assert held.value == b"0123456789abcdef0123456789abcdef"
    assert "tracking_oidc_client_secret" not in held.given.values


def test_a_wrong_passphrase_is_said_to_be_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "hunter2")
    with pytest.raises(UserError, match="the passphrase is not the one that this stack's secrets were encrypted") as no:
        root_secret(_stack(tmp_path))
    assert "hunter2" not in str(no.value)


def test_a_missing_passphrase_names_the_variables(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="set PULUMI_CONFIG_PASSPHRASE_FILE"):
        root_secret(_stack(tmp_path))


def test_a_missing_passphrase_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(UserError, match=r"nowhere can't be read: No such file"):
        root_secret(_stack(tmp_path))


def test_a_damaged_value_is_named_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", PASSPHRASE)
    says = r"prod\.yaml:3: groundwork:root_secret can't be decrypted: it is damaged, or was encrypted for another stack"
    with pytest.raises(UserError, match=says):
        root_secret(_stack(tmp_path, ENCRYPTED.replace("kgHhDPM3", "kgHhDPM4")))


@pytest.mark.parametrize(
    ("ciphertext", "says"),
    [
        ("v2:kgHhDPM3AfhFyGQt:AAAA", "not of the form `v1:<nonce>:<ciphertext>`"),
        ("v1:kgHhDPM3AfhFyGQt", "not of the form `v1:<nonce>:<ciphertext>`"),
        ("v1:kgHhDPM3:AAAA", "its nonce is damaged"),
        ("v1:kgHhDPM3!fhFyGQt:AAAA", "a part of it is not base64"),
        ("v1:kgHhDPM3AfhFyGQt:AAAA", "it is damaged"),
    ],
)
def test_ciphertext_of_another_form_is_refused(ciphertext: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passphrase, "ITERATIONS", 1)
    with pytest.raises(passphrase.Undecipherable, match=says):
        passphrase.Crypter("", b"salt").decrypt(ciphertext)


@pytest.mark.parametrize(
    ("salt", "says"),
    [
        ("encryptionsalt: v2:QhWW8D20Eyc=:v1", "`encryptionsalt` is not of the form"),
        ("encryptionsalt: QhWW8D20Eyc= #", "`encryptionsalt` is not of the form"),
        ("secretsprovider: awskms://alias/x #", "encrypted by `awskms`.*--engine pulumi"),
        ("environment: [] #", "`encryptionsalt` is missing.*--engine pulumi"),
    ],
)
def test_another_secrets_provider_is_left_to_pulumi(
    salt: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", PASSPHRASE)
    with pytest.raises(UserError, match=says):
        root_secret(_stack(tmp_path, ENCRYPTED.replace("encryptionsalt: v1:QhWW8D20Eyc=:v1", salt)))


def test_a_file_without_its_encrypted_values_is_right_but_can_t_be_installed(tmp_path: Path) -> None:
    stack = _stack(tmp_path, "config:\n  groundwork:environment:\n    root_secret: {kind: config}\n")
    assert placeholder_root_secret(stack.settings).given["root_secret"] == "placeholder-root_secret"
    says = r"prod\.yaml:1:1: groundwork:root_secret: is missing: .*Set it: `pulumi config set --secret groundwork:root_"
    with pytest.raises(UserError, match=says):
        root_secret(stack)
    with pytest.raises(UserError, match=says):
        stack.require_secrets()


def test_a_machine_s_root_secret_is_made_once_and_only_when_asked() -> None:
    stack = load("local")
    with pytest.raises(UserError, match="`groundwork up local` makes it"):
        root_secret(stack)
    made = root_secret(stack, create=True)
    assert root_secret(stack, create=True) == root_secret(stack) == made
    assert len(made.value) == 32
    path = environment_dir("local") / "root-secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["root-secret"]


def test_those_who_make_it_at_once_agree() -> None:
    stack = load("local")
    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(lambda _: root_secret(stack, create=True).value, range(64)))
    assert len(set(made)) == 1


def test_a_truncated_root_secret_is_refused() -> None:
    path = environment_dir("local") / "root-secret"
    path.write_bytes(b"half")
    path.chmod(0o600)
    with pytest.raises(UserError, match="is damaged: it holds 4 bytes and not 32"):
        root_secret(load("local"), create=True)
    assert path.read_bytes() == b"half"


def test_a_root_secret_that_others_may_read_is_refused() -> None:
    stack = load("local")
    root_secret(stack, create=True)
    path = environment_dir("local") / "root-secret"
    path.chmod(0o644)
    with pytest.raises(UserError, match="chmod 600"):
        root_secret(stack)


def test_no_repr_shows_a_secret() -> None:
    held = RootSecret(b"hunter2", {}, SecretValues({"object_storage_secret_key": "hunter2"}))
    assert "hunter2" not in f"{held!r}{held}{held.given!r}"


def test_a_value_that_is_not_given_names_its_key() -> None:
    with pytest.raises(UserError, match="groundwork:tracking_oidc_client_secret"):
        SecretValues()["tracking_oidc_client_secret"]


def test_the_placeholder_serves_every_setting_and_the_generations() -> None:
    settings = load("local").settings
    placeholder = placeholder_root_secret(settings)
    assert placeholder == placeholder_root_secret(settings)
    assert b"not a secret" in placeholder.value
    assert placeholder.given["tracking_oidc_client_secret"] == "placeholder-tracking_oidc_client_secret"


def test_a_generation_changes_its_credential_alone() -> None:
    first, second = RootSecret(b"x" * 32), RootSecret(b"x" * 32, {"tracking/admin": 2})
    assert first.password("tracking/admin") != second.password("tracking/admin")
    assert first.password("registry/push") == second.password("registry/push")
