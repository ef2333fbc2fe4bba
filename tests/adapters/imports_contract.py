"""What every store of imports promises (ports.Imports); a store's own test module runs it with its own fixture."""

from consents_contract import ConsentsContract
from ends_contract import EndsContract
from slices_contract import SlicesContract
from starts_contract import StartsContract


class ImportsContract(StartsContract, ConsentsContract, SlicesContract, EndsContract):
    """Each test gets an empty store as `imports`."""
