"""What each function is told by its environment: one frozen value per function, read once, never at import.

docs/configuration.md describes every variable; a test compares them with template.yaml.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from rubrica.environment import Environment


@dataclass(frozen=True, slots=True)
class EgressSettings:
    """Where outbound requests may go. `loopback` is for the local stack alone."""

    ports: frozenset[int]
    loopback: bool

    @classmethod
    def of(cls, environment: Environment) -> Self:
        """Read from the environment. Raises SettingMissing."""
        return cls(ports=environment.numbers("EGRESS_PORTS"), loopback=environment.flag("EGRESS_LOOPBACK"))


@dataclass(frozen=True, slots=True)
class LifeSettings:
    """How long an import may take once its consent is settled, and how long it is kept after that."""

    longest: timedelta
    retention: timedelta

    @classmethod
    def of(cls, environment: Environment) -> Self:
        """Read from the environment. Raises SettingMissing."""
        return cls(
            longest=timedelta(seconds=environment.number("IMPORT_SECONDS")),
            retention=timedelta(seconds=environment.number("RETENTION_SECONDS")),
        )


@dataclass(frozen=True, slots=True)
class RevocationSettings:
    """What it takes to open an import's token and to ask its provider to end it."""

    credentials_key: str
    egress: EgressSettings
    sandbox_sign_in: str

    @classmethod
    def of(cls, environment: Environment) -> Self:
        """Read from the environment. Raises SettingMissing."""
        return cls(
            credentials_key=environment.text("CREDENTIALS_KEY"),
            egress=EgressSettings.of(environment),
            sandbox_sign_in=environment.optional("SANDBOX_SIGN_IN_URL"),
        )


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """Where the sandbox of the stack on one machine stands in for the providers; "" everywhere else."""

    presets: str
    sign_in: str
    people: str
    graph: str

    @classmethod
    def of(cls, environment: Environment) -> Self:
        """Read from the environment."""
        return cls(
            presets=environment.optional("SANDBOX_URL"),
            sign_in=environment.optional("SANDBOX_SIGN_IN_URL"),
            people=environment.optional("SANDBOX_PEOPLE_URL"),
            graph=environment.optional("SANDBOX_GRAPH_URL"),
        )


@dataclass(frozen=True, slots=True)
class StartSettings:
    """start_import. `starts_per_minute` is what one tenant has."""

    imports_table: str
    accounts_table: str
    credentials_key: str
    state_machine: str
    life: LifeSettings
    starts_per_minute: int
    egress: EgressSettings
    providers_secret: str
    upstreams_secret: str
    public_url: str
    sandbox_sign_in: str

    @classmethod
    def of(cls, environment: Environment) -> Self:
        """Read from the environment. Raises SettingMissing."""
        return cls(
            imports_table=environment.text("IMPORTS_TABLE"),
            accounts_table=environment.text("ACCOUNTS_TABLE"),
            credentials_key=environment.text("CREDENTIALS_KEY"),
            state_machine=environment.text("STATE_MACHINE_ARN"),
            life=LifeSettings.of(environment),
            starts_per_minute=environment.number("STARTS_PER_MINUTE"),
            egress=EgressSettings.of(environment),
            providers_secret=environment.text("PROVIDERS_SECRET"),
            upstreams_secret=environment.text("UPSTREAMS_SECRET"),
            public_url=environment.optional("PUBLIC_URL"),
            sandbox_sign_in=environment.optional("SANDBOX_SIGN_IN_URL"),
        )


@dataclass(frozen=True, slots=True)
class PagesSettings:
    """pages. `public_url` is the installation's own address, "" for the one that API Gateway was reached by."""

    imports_table: str
    state_machine: str
    life: LifeSettings
    public_url: str

    @classmethod
    def of(cls, environment: Environment) -> Self:
        """Read from the environment. Raises SettingMissing."""
        return cls(
            imports_table=environment.text("IMPORTS_TABLE"),
            state_machine=environment.text("STATE_MACHINE_ARN"),
            life=LifeSettings.of(environment),
            public_url=environment.optional("PUBLIC_URL"),
        )


@dataclass(frozen=True, slots=True)
class ReceiveSettings:
    """receive_answer."""

    imports_table: str
    credentials_key: str
    state_machine: str
    life: LifeSettings
    egress: EgressSettings

    @classmethod
    def of(cls, environment: Environment) -> Self:
        """Read from the environment. Raises SettingMissing."""
        return cls(
            imports_table=environment.text("IMPORTS_TABLE"),
            credentials_key=environment.text("CREDENTIALS_KEY"),
            state_machine=environment.text("STATE_MACHINE_ARN"),
            life=LifeSettings.of(environment),
            egress=EgressSettings.of(environment),
        )


@dataclass(frozen=True, slots=True)
class CallbackSettings:
    """oauth_callback. `public_url` is as in PagesSettings."""

    imports_table: str
    credentials_key: str
    state_machine: str
    installation: str
    life: LifeSettings
    public_url: str
    sandbox_sign_in: str

    @classmethod
    def of(cls, environment: Environment) -> Self:
        """Read from the environment. Raises SettingMissing."""
        return cls(
            imports_table=environment.text("IMPORTS_TABLE"),
            credentials_key=environment.text("CREDENTIALS_KEY"),
            state_machine=environment.text("STATE_MACHINE_ARN"),
            installation=environment.text("INSTALLATION"),
            life=LifeSettings.of(environment),
            public_url=environment.optional("PUBLIC_URL"),
            sandbox_sign_in=environment.optional("SANDBOX_SIGN_IN_URL"),
        )


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """read_import."""

    imports_table: str
    accounts_table: str
    contacts_key: str
    public_url: str

    @classmethod
    def of(cls, environment: Environment) -> Self:
        """Read from the environment. Raises SettingMissing."""
        return cls(
            imports_table=environment.text("IMPORTS_TABLE"),
            accounts_table=environment.text("ACCOUNTS_TABLE"),
            contacts_key=environment.text("CONTACTS_KEY"),
            public_url=environment.optional("PUBLIC_URL"),
        )


@dataclass(frozen=True, slots=True)
class DeleteSettings:
    """delete_import."""

    imports_table: str
    accounts_table: str
    revocation: RevocationSettings

    @classmethod
    def of(cls, environment: Environment) -> Self:
        """Read from the environment. Raises SettingMissing."""
        return cls(
            imports_table=environment.text("IMPORTS_TABLE"),
            accounts_table=environment.text("ACCOUNTS_TABLE"),
            revocation=RevocationSettings.of(environment),
        )


@dataclass(frozen=True, slots=True)
class PollSettings:
    """poll_status. `slice_seconds` is the budget of one call, well below the function's own timeout."""

    imports_table: str
    contacts_key: str
    credentials_key: str
    slice_seconds: int
    egress: EgressSettings
    providers_secret: str
    upstreams_secret: str
    sandbox: SandboxSettings

    @classmethod
    def of(cls, environment: Environment) -> Self:
        """Read from the environment. Raises SettingMissing."""
        return cls(
            imports_table=environment.text("IMPORTS_TABLE"),
            contacts_key=environment.text("CONTACTS_KEY"),
            credentials_key=environment.text("CREDENTIALS_KEY"),
            slice_seconds=environment.number("SLICE_SECONDS"),
            egress=EgressSettings.of(environment),
            providers_secret=environment.text("PROVIDERS_SECRET"),
            upstreams_secret=environment.text("UPSTREAMS_SECRET"),
            sandbox=SandboxSettings.of(environment),
        )


@dataclass(frozen=True, slots=True)
class CloseSettings:
    """close_import."""

    imports_table: str
    installation: str
    retention: timedelta
    revocation: RevocationSettings

    @classmethod
    def of(cls, environment: Environment) -> Self:
        """Read from the environment. Raises SettingMissing."""
        return cls(
            imports_table=environment.text("IMPORTS_TABLE"),
            installation=environment.text("INSTALLATION"),
            retention=timedelta(seconds=environment.number("RETENTION_SECONDS")),
            revocation=RevocationSettings.of(environment),
        )


@dataclass(frozen=True, slots=True)
class SweepSettings:
    """sweep_imports."""

    close: CloseSettings
    state_machine: str

    @classmethod
    def of(cls, environment: Environment) -> Self:
        """Read from the environment. Raises SettingMissing."""
        return cls(close=CloseSettings.of(environment), state_machine=environment.text("STATE_MACHINE_ARN"))


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """send_webhook. `webhooks_secret` is what the names of the tenants' secrets begin with."""

    imports_table: str
    accounts_table: str
    webhooks_secret: str
    egress: EgressSettings

    @classmethod
    def of(cls, environment: Environment) -> Self:
        """Read from the environment. Raises SettingMissing."""
        return cls(
            imports_table=environment.text("IMPORTS_TABLE"),
            accounts_table=environment.text("ACCOUNTS_TABLE"),
            webhooks_secret=environment.text("WEBHOOKS_SECRET"),
            egress=EgressSettings.of(environment),
        )
