"""Permissions of the facilities (权限) and who holds them when no state says otherwise."""

from enum import StrEnum

from portal.security import Role


class FacilityPermission(StrEnum):
    """What can be done with devices, alarms and work orders beside looking at them."""

    DEVICE_ADD = "device:add"
    DEVICE_CREDENTIAL = "device:credential"
    RULE_ADD = "alarm_rule:add"
    ACKNOWLEDGE = "alarm:acknowledge"
    ORDER_ADD = "work_order:add"
    ORDER_WORK = "work_order:work"
    ORDER_DISPATCH = "work_order:dispatch"
    ORDER_SIGN_OFF = "work_order:sign_off"


READERS = (
    Role.OWNER,
    Role.CONVENOR,
    Role.RESIDENTS_COMMITTEE,
    Role.STREET_OFFICER,
    Role.ENGINEER,
    Role.SUPERVISOR,
    Role.SERVICE_STAFF,
)

# Who repairs does not accept the repair: signing off belongs to other roles and to another person.
RULES: dict[str, tuple[str, ...]] = {
    FacilityPermission.DEVICE_ADD: (Role.ENGINEER,),
    FacilityPermission.DEVICE_CREDENTIAL: (Role.ENGINEER,),
    FacilityPermission.RULE_ADD: (Role.ENGINEER,),
    FacilityPermission.ACKNOWLEDGE: (Role.ENGINEER,),
    FacilityPermission.ORDER_ADD: (Role.ENGINEER, Role.CONVENOR, Role.OWNER),
    FacilityPermission.ORDER_WORK: (Role.ENGINEER,),
    FacilityPermission.ORDER_DISPATCH: (Role.ENGINEER, Role.CONVENOR),
    FacilityPermission.ORDER_SIGN_OFF: (Role.CONVENOR, Role.SUPERVISOR),
}
