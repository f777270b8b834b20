"""Appointment of proxies (委托投票): content of the document and the cap (SZ-20, SZ-N6)."""

from collections.abc import Collection, Mapping

from portal.rules.profile import Profile


def check_appointment(
    profile: Profile,
    document: Mapping[str, str],
    appointor: str,
    appointors_of_proxy: Collection[str],
) -> None:
    """Refuse an appointment that the place does not know, is incomplete or exceeds the cap.

    ``appointors_of_proxy`` are the owners whom the proxy represents already in this meeting.
    """
    rule = profile.proxy.value
    if not rule.allowed:
        raise profile.refuse("proxy_not_offered")
    for name in rule.fields:
        if not document.get(name, "").strip():
            raise profile.refuse("proxy_field_missing", field=name)
    together = {*appointors_of_proxy, appointor}
    if rule.max_appointors is not None and len(together) > rule.max_appointors:
        raise profile.refuse("proxy_full", maximum=rule.max_appointors)


def check_cancellation(profile: Profile, *, proxy_has_voted: bool) -> None:
    """Refuse to withdraw an appointment that has been used (SZ-20.4)."""
    if proxy_has_voted or not profile.proxy.value.revocable_before_cast:
        raise profile.refuse("proxy_voted")


def check_matters(profile: Profile, matters: Collection[str], marked: Collection[str]) -> None:
    """Refuse a ballot of a proxy on a motion the appointment does not name (SZ-20.2).

    No ``matters`` means all of them; a motion left open is an abstention like any other.
    """
    for name in marked:
        if matters and name not in matters:
            raise profile.refuse("proxy_matter", field=name)
