"""What an owner does in the browser to cast a ballot."""


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
