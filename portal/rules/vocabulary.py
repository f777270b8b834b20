"""Closed lists of names that rules and profiles share (词表)."""

DECISION_RULES = ("civil_code_278", "property_law_76")

# The nine items of Civil Code art. 278 in their order.
STATUTORY_ITEMS = (
    "procedure_rules",
    "covenant",
    "committee_election",
    "service_company",
    "maintenance_fund_use",
    "maintenance_fund_raise",
    "rebuilding",
    "common_parts_use",
    "other_major",
)

# The lists of documents every profile has; an empty list where its law asks for none.
DOCUMENTS = (
    "binding_list",
    "inaugural_notice",
    "launch_confirmation",
    "meeting_entry",
    "organisation_owner",
    "result",
)

# What a law can speak of without setting anything the portal computes with.
CLAUSES = (
    "archive",
    "community_application",
    "guide_posting",
    "method_change",
    "office_accounts",
    "organiser",
    "paper_calling",
    "paper_entry",
    "register_correction",
    "service_desk",
    "training",
)

# What a binding list can show of an owner.
BINDING_COLUMNS = ("name", "room", "mobile", "bound_at", "binding_state")

# What the lists of documents can name, because the portal asks for it or prints it. The notice of
# a first assembly can name any document: the convenor attaches it.
DOCUMENT_ITEMS: dict[str, tuple[str, ...]] = {
    "binding_list": BINDING_COLUMNS,
    "launch_confirmation": ("unit_information", "headcount", "total_area", "organiser_agreement"),
    "meeting_entry": (
        *("time", "place", "method", "topics", "motions", "voting_window", "public_notice"),
        *("announcement", "matter", "title", "description", "options", "voting_mode", "scope"),
        "weight",
    ),
    "organisation_owner": (
        *("organisation_document", "authorisation_letter", "agent_id_document"),
        *("identity_proof", "title_proof"),
    ),
    "result": ("result_table", "unit_table", "seal", "scrutineer_signatures"),
}

# Every reason for which the rules refuse; each profile names message and clause.
REFUSAL_CODES = (
    "entry_too_late",
    "publication_too_late",
    "publication_missing",
    "binding_list_too_late",
    "binding_list_missing",
    "notice_too_short",
    "objection_open",
    "opening_too_early",
    "amend_after_opening",
    "amend_not_allowed",
    "extension_not_allowed",
    "extension_cause",
    "extension_not_approved",
    "extension_used_up",
    "extension_after_end",
    "convenor_not_allowed",
    "motion_missing",
    "seats_missing",
    "office_missing",
    "totals_unconfirmed",
    "own_review",
    "unknown_matter",
    "no_decision_rule",
    "not_open",
    "closed",
    "suspended",
    "out_of_scope",
    "not_verified",
    "not_bound",
    "not_owner",
    "title_changed",
    "late_binding",
    "already_voted",
    "voted_before_joining",
    "coowner_voted",
    "previous_owner_voted",
    "proxy_voted",
    "representative_chosen",
    "representative_voted",
    "representative_not_offered",
    "agent_ended",
    "proxy_not_offered",
    "proxy_cancelled",
    "proxy_period",
    "proxy_full",
    "proxy_field_missing",
    "proxy_matter",
    "paper_not_offered",
    "paper_too_late",
    "electronic_vote_stands",
    "terminal_not_offered",
    "electronic_not_offered",
    "no_ballot_mark",
    "unknown_option",
    "repeated_option",
    "too_many_marks",
)
