"""The consent in an import's row: its attributes, and the three writes that are its own.

What leads to the provider is one map, `consent`, so that it can be removed whole as soon as it is of no more use;
what a repeated answer is known by, and where it leads the browser, stays until the import is purged.
"""

from datetime import datetime
from typing import Any, Final

from rubrica.adapters.dynamodb.calls import Item, encoded, moment, seconds, update
from rubrica.domain.consent import MOST_OPENINGS, Consent, Opening, Way
from rubrica.domain.imports import Import, State

WAY_THERE: Final = "consent"
"""Removed when the consent is answered or the import closed."""

SETTLED_BY: Final = "settled_by"
"""What was drawn for the call that settled the consent."""

ATTRIBUTES: Final = (WAY_THERE, "openings", "answered", "redirect_url", "origin", "way", SETTLED_BY)


def values(consent: Consent | None) -> dict[str, Any]:
    """The attributes of a consent; none for an import without one."""
    if consent is None:
        return {}
    return {
        WAY_THERE: {
            "link": consent.link,
            "address": consent.address,
            "redirect_uri": consent.redirect_uri,
            "include": list(consent.include),
            "refused": consent.refused,
        },
        "openings": {digest: _opening_values(opening) for digest, opening in consent.openings.items()},
        "answered": consent.answered or None,
        "redirect_url": consent.redirect_url or None,
        "origin": consent.origin or None,
        "way": consent.way.value,
    }


def consent_of(item: Item) -> Consent | None:
    """The consent in an item, without the way there once that is removed; None for an import without one."""
    if "openings" not in item:
        return None
    way = item.get(WAY_THERE, {})
    return Consent(
        link=way.get("link", ""),
        address=way.get("address", ""),
        redirect_uri=way.get("redirect_uri", ""),
        include=tuple(way.get("include", ())),
        redirect_url=item.get("redirect_url", ""),
        origin=item.get("origin", ""),
        openings={digest: _opening(kept) for digest, kept in item["openings"].items()},
        answered=item.get("answered", ""),
        way=Way(item["way"]),
        refused=way.get("refused", ""),
    )


def one_more(state: str, opening: Opening) -> dict[str, Any]:
    """Arguments of the update that adds an opening; the same one sent twice counts once."""
    known = "size(#openings) < :most OR attribute_exists(#openings.#digest)"
    return {
        "UpdateExpression": "SET #openings.#digest = :opening, #deadline = :until",
        "ConditionExpression": f"#state = :awaiting AND attribute_exists(#openings) AND ({known})",
        "ExpressionAttributeNames": {
            "#openings": "openings",
            "#digest": state,
            "#deadline": "deadline",
            "#state": "state",
        },
        "ExpressionAttributeValues": encoded(
            {
                ":opening": _opening_values(opening),
                ":until": seconds(opening.until),
                ":most": MOST_OPENINGS,
                ":awaiting": State.AWAITING_CONSENT.value,
            }
        ),
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def file_refused(failure: str) -> dict[str, Any]:
    """Arguments of the update that remembers what was wrong with a file while one is awaited."""
    return {
        "UpdateExpression": "SET #there.#refused = :failure",
        "ConditionExpression": "#state = :awaiting AND #way = :file",
        "ExpressionAttributeNames": {"#there": WAY_THERE, "#refused": "refused", "#state": "state", "#way": "way"},
        "ExpressionAttributeValues": encoded(
            {":failure": failure, ":awaiting": State.AWAITING_CONSENT.value, ":file": Way.FILE.value}
        ),
    }


def settled(imp: Import, credential: bytes | None, due_at: datetime, call: str) -> dict[str, Any]:
    """Arguments of the update that settles the consent that is awaited; `call` was drawn for it."""
    sets = {
        "state": imp.state.value,
        "failure": imp.failure or None,
        "closed_at": seconds(imp.closed_at) if imp.closed_at else None,
        "deadline": seconds(imp.deadline),
        "expires_at": seconds(imp.expires_at),
        "due_at": seconds(due_at),
        "begun_at": seconds(imp.begun_at) if imp.begun_at else None,
        "credential": credential,
        "answered": (imp.consent.answered if imp.consent else "") or None,
        SETTLED_BY: call,
    }
    # The way of a relay stays until the import is closed: nobody comes back from there, but its user may go again.
    over = imp.consent is None or imp.consent.way is not Way.RELAY or imp.terminal
    return update(sets, (WAY_THERE,) if over else (), "#state = :awaiting", {"awaiting": State.AWAITING_CONSENT.value})


def _opening_values(opening: Opening) -> dict[str, Any]:
    return {"browser": opening.browser, "until": seconds(opening.until)}


def _opening(kept: Item) -> Opening:
    return Opening(kept["browser"], moment(kept["until"]))
