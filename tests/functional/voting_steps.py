"""What an owner does in the browser to cast a ballot, and how a unit changes hands meanwhile."""

from tests.functional.assembly import owner_values


def choose(browser, path, **choices):
    """Fill the form of the first step and return it."""
    form = browser.get(path + "vote").forms["vote"]
    for key, value in choices.items():
        name = f"m-2026-00{key[1]}"
        if isinstance(value, str):
            form[name] = value
        else:
            for field in form.fields[name]:
                field.checked = field._value in value
    return form


def vote(browser, path, **choices):
    """Go through the three pages and return the voucher page."""
    review = choose(browser, path, **choices).submit("step", index=0)
    form = next(f for f in review.forms.values() if "nonce" in f.fields)
    return form.submit("step", index=0, status=303).follow()


def transfer(voting, room, *owners):
    """Write new owners of a unit into the register, as an import does."""
    voting.site.run(lambda request: _transfer(voting, request, room, owners))


def _transfer(voting, request, room, owners):
    unit, now = voting.unit(request, room), voting.clock()
    register = unit.__parent__.__parent__.__parent__["owners"]
    before = tuple((holder.person, str(holder.share)) for holder in unit.holders)
    unit.write(request.vault, {}, [owner_values(name, len(owners)) for name in owners])
    unit.modified_at = now
    after = tuple((holder.person, str(holder.share)) for holder in unit.holders)
    register.ownership_events[len(register.ownership_events)] = {
        "at": now,
        "actor": "system",
        "unit": unit.code,
        "kind": "changed",
        "before": before,
        "after": after,
        "source": "test",
    }
    old, new = ({person for person, _ in side} for side in (before, after))
    for person in old | new:
        codes = set(register.by_token.get(f"person:{person}", ())) - {unit.code}
        kept = codes | ({unit.code} if person in new else set())
        register.by_token[f"person:{person}"] = tuple(sorted(kept))
