"""What the functions know of the pages that take a file, or user name and password."""

from rubrica.bootstrap import sources
from rubrica.domain.consent import Way
from rubrica.entrypoints.browser import OurPages
from rubrica.ports import Clock, Imports
from rubrica.services.page_link import PageLink


def our_pages(imports: Imports, clock: Clock) -> OurPages:
    """The links to them, over these imports."""
    links = PageLink(imports, clock, Way.FILE), PageLink(imports, clock, Way.SIGN_IN)
    return OurPages(*links, {view.name: view for view in sources.views()})
